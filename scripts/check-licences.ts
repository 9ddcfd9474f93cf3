import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readFlags, runCommand } from "../cli/shared/flags.ts";
import { print, printError } from "../cli/shared/output.ts";
import { consolePackages } from "../packaging/console.ts";
import { lambdaCode } from "../packaging/lambda-code.ts";
import { licencesPage } from "../packaging/licence-notices.ts";
import { bundleCommand } from "./package/command-bundle.ts";

const USAGE = `npx tsx scripts/check-licences.ts [--write]

Compares docs/licences.md with the packages in the bundles of the Lambdas, the console and the command.
  --write  updates the page`;

const PAGE = fileURLToPath(new URL("../docs/licences.md", import.meta.url));

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), {
    write: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return print(USAGE);
  const [authorizer, history, sample, tokenClaims, verifyAws, page, command] = await Promise.all([
    lambdaCode("authorizer"),
    lambdaCode("history-export"),
    lambdaCode("sample-backend"),
    lambdaCode("token-trigger"),
    lambdaCode("verify-aws"),
    consolePackages(),
    bundleCommand(),
  ]);
  const text = licencesPage(
    new Map([
      ["authorizer.zip", authorizer.packages],
      ["history-export.zip", history.packages],
      ["sample-backend.zip", sample.packages],
      ["token-claims.zip", tokenClaims.packages],
      ["the zip of verify-aws", verifyAws.packages],
      ["the console", page],
      ["the command and portcullis/table", command.packages],
    ]),
  );
  if (values.write) writeFileSync(PAGE, text);
  if (existsSync(PAGE) && readFileSync(PAGE, "utf8") === text)
    return print("docs/licences.md lists the packages in the bundles");
  return printError(
    "docs/licences.md does not list the packages in the bundles. Review the changes, then update the page:\nnpx tsx scripts/check-licences.ts --write",
  );
});
