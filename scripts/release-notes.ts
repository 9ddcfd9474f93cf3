import { readFileSync } from "node:fs";
import { readFlags, runCommand } from "../cli/shared/flags.ts";
import { print, printError } from "../cli/shared/output.ts";
import { releaseNotes } from "./changelog.ts";

const USAGE = `npx tsx scripts/release-notes.ts TAG

Prints the section of CHANGELOG.md for a tag such as v0.2.0. Fails if the tag is not the version in package.json, or
if its section is missing, empty or has no date.`;

await runCommand(USAGE, () => {
  const { values, positionals } = readFlags(
    process.argv.slice(2),
    { help: { type: "boolean", short: "h", default: false } },
    true,
  );
  if (values.help) return print(USAGE);
  const [tag = ""] = positionals;
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  if (tag !== `v${version}`)
    return printError(`The tag "${tag}" is not the version of package.json: expected v${version}`);
  return print(releaseNotes(readFileSync("CHANGELOG.md", "utf8"), version));
});
