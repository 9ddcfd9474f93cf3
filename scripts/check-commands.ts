import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readFlags, runCommand } from "../cli/shared/flags.ts";
import { print, printError } from "../cli/shared/output.ts";
import { commandsPage } from "./commands-page.ts";

const USAGE = `npx tsx scripts/check-commands.ts [--write]

Compares docs/commands.md with the help of the verbs.
  --write  updates the page`;

const PAGE = fileURLToPath(new URL("../docs/commands.md", import.meta.url));

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), {
    write: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return print(USAGE);
  const text = await commandsPage();
  if (values.write) writeFileSync(PAGE, text);
  if (existsSync(PAGE) && readFileSync(PAGE, "utf8") === text)
    return print("docs/commands.md has the help of every verb");
  return printError(
    "docs/commands.md does not have the help of every verb. Update it:\nnpx tsx scripts/check-commands.ts --write",
  );
});
