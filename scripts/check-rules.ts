import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readFlags, runCommand } from "../cli/shared/flags.ts";
import { print, printError } from "../cli/shared/output.ts";
import { rulesPage } from "./rules-page.ts";

const USAGE = `npx tsx scripts/check-rules.ts [--write]

Compares docs/rules.md with the rules of policy files.
  --write  updates the page`;

const PAGE = fileURLToPath(new URL("../docs/rules.md", import.meta.url));

await runCommand(USAGE, () => {
  const { values } = readFlags(process.argv.slice(2), {
    write: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return print(USAGE);
  const text = rulesPage();
  if (values.write) writeFileSync(PAGE, text);
  if (existsSync(PAGE) && readFileSync(PAGE, "utf8") === text) return print("docs/rules.md has every rule");
  return printError(
    "docs/rules.md does not have every rule. Update it:\nnpx tsx scripts/check-rules.ts --write",
  );
});
