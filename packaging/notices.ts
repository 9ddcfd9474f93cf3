import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import type { BundledPackage } from "./bundled-packages.ts";
import { licenceNotices } from "./licence-notices.ts";

/** Returns the files about the packages in a bundle: `licences.txt` with the texts of the licences, and the SBOM. */
export const noticeFiles = (
  own: BundledPackage,
  packages: readonly BundledPackage[],
): Readonly<Record<string, Uint8Array>> => ({
  "licences.txt": utf8(licenceNotices([own, ...packages])),
  "sbom.cdx.json": utf8(cycloneDx(own, packages)),
});

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Returns a CycloneDX document without time and serial number, so that the same packages give the same bytes. */
function cycloneDx(own: BundledPackage, packages: readonly BundledPackage[]): string {
  const bom = new Models.Bom();
  bom.metadata.component = component(own, Enums.ComponentType.Application);
  for (const bundled of packages) bom.components.add(component(bundled, Enums.ComponentType.Library));
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return `${new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function component({ name, version, licence, copyright }: BundledPackage, type: Enums.ComponentType) {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const found = new Models.Component(type, name, { version, purl, bomRef: purl, copyright });
  found.licenses.add(new Models.SpdxLicense(licence));
  return found;
}
