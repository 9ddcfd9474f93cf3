import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cachingReport, printCachingReport } from "../core/files/caching-report.ts";
import { compilePolicies } from "../core/files/compile.ts";
import { makeBuildArtefacts, writeArtefacts } from "./build/artefacts.ts";
import { COMMON, cacheFlag, LAYOUT_FLAGS, layoutOptions, readFlags, runCommand } from "./lib/flags.ts";
import { loadEnvironments } from "./lib/load-environments.ts";
import { readPolicyFiles } from "./lib/policy-folder.ts";

const USAGE = `npm run build -- [--policies DIR] [--environment NAME] [--cache auto|token|route|off]
  [--max-groups N] [--encoded-paths as_sent|unknown] [--method-arn-base ARN]

Compiles the policy files, for all environments, and bundles the Lambdas into build/.`;

await runCommand(USAGE, async () => {
  const { values } = readFlags(process.argv.slice(2), { ...COMMON, ...LAYOUT_FLAGS });
  if (values.help) return print([USAGE]);
  const [cache, options] = [cacheFlag(values.cache), layoutOptions(values)];
  const policies = loadEnvironments(values.policies, values.environment, { all: true });
  if (policies === undefined) return 1;
  const folder = fileURLToPath(new URL("../build", import.meta.url));
  const compiled = compilePolicies(policies, cache, options);
  const report = cachingReport(compiled, options);
  const artefacts = await makeBuildArtefacts(compiled);
  const manifest = writeArtefacts(folder, artefacts, report, readPolicyFiles(values.policies));
  const files = Object.entries(manifest.files).map(([name, hash]) => {
    const size = String(statSync(`${folder}/${name}`).size).padStart(8);
    return `  ${name.padEnd(26)} ${size} bytes  sha256 ${hash.slice(0, 16)}`;
  });
  return print([
    ...printCachingReport(report),
    "",
    `build/ for ${manifest.environments.join(", ")}:`,
    ...files,
  ]);
});

function print(lines: readonly string[]): number {
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}
