import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readFlags, runCommand } from "../cli/shared/flags.ts";
import { print, printError } from "../cli/shared/output.ts";
import { authorizerCode, sampleBackendCode, tokenClaimsCode } from "../packaging/bundle.ts";
import { consolePackages } from "../packaging/console.ts";
import { licencesPage } from "../packaging/licence-notices.ts";

const USAGE = `npx tsx scripts/check-licences.ts [--write]

Compares docs/licences.md with the packages in the bundles of the Lambdas and of the console.
  --write  updates the page`;

const PAGE = fileURLToPath(new URL("../docs/licences.md", import.meta.url));

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), {
    write: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return print(USAGE);
  const [authorizer, sample, tokenClaims, page] = await Promise.all([
    authorizerCode(),
    sampleBackendCode(),
    tokenClaimsCode(),
    consolePackages(),
  ]);
  const text = licencesPage(
    new Map([
      ["authorizer.zip", authorizer.packages],
      ["sample-backend.zip", sample.packages],
      ["token-claims.zip", tokenClaims.packages],
      ["the console", page],
    ]),
  );
  if (values.write) writeFileSync(PAGE, text);
  if (existsSync(PAGE) && readFileSync(PAGE, "utf8") === text)
    return print("docs/licences.md lists the packages in the bundles");
  return printError(
    "docs/licences.md does not list the packages in the bundles. Review the changes, then update the page:\nnpx tsx scripts/check-licences.ts --write",
  );
});
