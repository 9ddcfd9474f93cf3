import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compilePolicies } from "../core/files/compile.ts";
import { makeArtefacts, writeArtefacts } from "./build/artefacts.ts";
import { COMMON, cacheFlag, readFlags, runCommand } from "./lib/flags.ts";
import { loadOrReport } from "./lib/load-or-report.ts";
import { readPolicyFiles } from "./lib/policy-folder.ts";

const USAGE = `npm run build -- [--policies DIR] [--environment NAME] [--cache auto|route|off]

Compiles the policy files and bundles the Lambdas into build/.`;

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), {
    ...COMMON,
    cache: { type: "string", default: "auto" },
  });
  if (values.help) return print(USAGE);
  const policies = loadOrReport(values.policies, values.environment);
  if (policies === undefined) return 1;
  const folder = fileURLToPath(new URL("../build", import.meta.url));
  const artefacts = await makeArtefacts(compilePolicies(policies, cacheFlag(values.cache)));
  const manifest = writeArtefacts(folder, artefacts, values.environment, readPolicyFiles(values.policies));
  const names = Object.keys(manifest.files).map(
    (name) =>
      `  ${name.padEnd(20)} ${String(statSync(`${folder}/${name}`).size).padStart(8)} bytes  sha256 ${manifest.files[name]?.slice(0, 16)}`,
  );
  return print(`build/ for ${values.environment}, caching mode ${manifest.mode}\n${names.join("\n")}`);
});

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
