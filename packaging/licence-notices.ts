import type { BundledPackage } from "./bundled-packages.ts";

const RULE = "-".repeat(80);

/** `licences.txt` of a zip: what it holds, and each licence's text once. */
export function licenceNotices(packages: readonly BundledPackage[]): string {
  const texts = [...new Set(packages.map(({ text }) => text))];
  const usersOf = (text: string): string =>
    packages.flatMap((one) => (one.text === text ? [one.name] : [])).join(", ");
  return [
    "This file names everything that index.js was made of, with its licences.",
    "",
    ...packages.map(
      ({ name, version, licence, copyright }) => `${name} ${version}, ${licence}\n    ${copyright}`,
    ),
    ...texts.flatMap((text) => ["", RULE, `The licence of ${usersOf(text)}:`, "", text]),
    "",
  ].join("\n");
}

/** `docs/licences.md`: the packages of each zip. */
export function licencesPage(zips: ReadonlyMap<string, readonly BundledPackage[]>): string {
  return [
    "# Licences of what ships",
    "",
    "Portcullis is under Apache-2.0. `npx portcullis build` bundles packages of others into the Lambdas' zips; these are all of them, and `licences.txt` in each zip has the licences' texts.",
    "",
    "Made by `npx tsx scripts/check-licences.ts --write`; `npm run check` fails where a bundle holds anything else.",
    ...[...zips].flatMap(([zip, packages]) => ["", `## ${zip}`, "", ...tableOf(packages)]),
    "",
  ].join("\n");
}

function tableOf(packages: readonly BundledPackage[]): string[] {
  if (packages.length === 0) return ["Nothing but Portcullis' own code."];
  return [
    "| package | version | licence | copyright |",
    "|---|---|---|---|",
    ...packages.map(
      ({ name, version, licence, copyright }) => `| \`${name}\` | ${version} | ${licence} | ${copyright} |`,
    ),
  ];
}
