import type { BundledPackage } from "./bundled-packages.ts";

const RULE = "-".repeat(80);

/** Returns `licences.txt` of a zip: the packages in the bundle, and the text of each licence once. */
export function licenceNotices(packages: readonly BundledPackage[]): string {
  const texts = [...new Set(packages.map(({ text }) => text))];
  const namesWith = (text: string): string =>
    packages.flatMap((one) => (one.text === text ? [one.name] : [])).join(", ");
  return [
    "This file lists the packages in the bundle, with their licences.",
    "",
    ...packages.map(
      ({ name, version, licence, copyright }) => `${name} ${version}, ${licence}\n    ${copyright}`,
    ),
    ...texts.flatMap((text) => ["", RULE, `The licence of ${namesWith(text)}:`, "", text]),
    "",
  ].join("\n");
}

/** Returns `docs/licences.md`: the packages in each bundle. */
export function licencesPage(zips: ReadonlyMap<string, readonly BundledPackage[]>): string {
  return [
    "# Licences of bundled packages",
    "",
    "Portcullis has the licence Apache-2.0. The npm package and the zips that `npx portcullis build` writes contain the following packages of other authors. `licences.txt` in each zip, and in `dist/` of the package, has the texts of their licences; `sbom.cdx.json` next to it is a CycloneDX document of the same packages.",
    "",
    "`npx tsx scripts/check-licences.ts --write` generates this page. `npm run check` fails if a bundle contains another package.",
    ...[...zips].flatMap(([zip, packages]) => ["", `## ${zip}`, "", ...packageTable(packages)]),
    "",
  ].join("\n");
}

function packageTable(packages: readonly BundledPackage[]): string[] {
  if (packages.length === 0) return ["No packages of other authors."];
  return [
    "| package | version | licence | copyright |",
    "|---|---|---|---|",
    ...packages.map(
      ({ name, version, licence, copyright }) => `| \`${name}\` | ${version} | ${licence} | ${copyright} |`,
    ),
  ];
}
