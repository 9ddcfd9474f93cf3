import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readFlags, runCommand } from "../cli/shared/flags.ts";
import { authorizerCode, sampleBackendCode, tokenClaimsCode } from "../packaging/bundle.ts";
import { consolePackages } from "../packaging/console.ts";
import { licencesPage } from "../packaging/licence-notices.ts";

const USAGE = `npx tsx scripts/check-licences.ts [--write]

Compares docs/licences.md with the packages that the Lambdas' bundles and the console's script really hold. --write renews the page.`;

const PAGE = fileURLToPath(new URL("../docs/licences.md", import.meta.url));

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), {
    write: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return say(USAGE, 0);
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
    return say("docs/licences.md names what the bundles hold", 0);
  return say(
    "docs/licences.md does not name what the bundles hold: look at what is new in them, then\nnpx tsx scripts/check-licences.ts --write renews the page",
    1,
  );
});

function say(text: string, status: number): number {
  (status === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  return status;
}
