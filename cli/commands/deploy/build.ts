import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cachingReport, printCachingReport } from "../../../core/policy-files/compile/caching-report.ts";
import { compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import { jwtLines } from "../../../core/policy-files/model/jwt-routes.ts";
import { bodyWarnings } from "../../../core/policy-files/openapi/check-bodies.ts";
import { definitionSizeProblem, quotaProblems } from "../../../core/policy-files/openapi/quotas.ts";
import { isError, printProblem, printProblems } from "../../../core/policy-files/source/problem.ts";
import { makeBuildArtefacts, writeArtefacts } from "../../../packaging/artefacts.ts";
import { API_TYPE_FLAGS, apiTypeFlag } from "../../shared/api-type-flags.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues } from "../../shared/flags.ts";
import { LAYOUT_FLAGS, layoutOptions } from "../../shared/layout-flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { print, printError } from "../../shared/output.ts";
import { PATCH_FLAGS, writePatchedDocument } from "../../shared/patch-document.ts";
import { readPolicyFiles } from "../../shared/policy-folder.ts";
import { maxResources, QUOTA_FLAGS } from "../../shared/quota-flags.ts";

/** Below the working directory, where `policies/` and Terraform are. */
const BUILD_FOLDER = "build";

const FLAGS = { ...COMMON, ...LAYOUT_FLAGS, ...QUOTA_FLAGS, ...API_TYPE_FLAGS, ...PATCH_FLAGS } as const;

export const build = defineCommand({
  name: "build",
  about: `Compiles the policy files for all environments and writes them with the Lambdas' zips into build/.
--into patches your own OpenAPI document, which must have the routes of policies/api.yaml. The patched document has
the authorizers and the security of each guarded operation; the rest is unchanged. It is written to build/into/
and to --out, as a template that the outputs of modules/adopt fill in (docs/adopt.md).`,
  flags: FLAGS,
  examples: ["build", "build --cache route", "build --into openapi.yaml --out api.tftpl.yaml"],
  statuses: [
    "build/ is written",
    "the caching mode cannot be proven, a quota is exceeded, or the document of --into does not fit",
  ],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const { cache } = values;
  const [options, apiType] = [layoutOptions(values), apiTypeFlag(values)];
  const policies = loadEnvironments(values.policies, values.environment, { all: true });
  if (policies === undefined) return 2;
  const [{ api }] = policies;
  const quotas = quotaProblems(api, apiType, maxResources(values));
  const warnings = [...bodyWarnings(api), ...quotas].map((problem) => ({
    ...problem,
    file: join(values.policies, problem.file),
  }));
  for (const line of printProblems(warnings, printProblem)) printError(line);
  if (quotas.some(isError)) return 1;
  const compiled = compilePolicies(policies, cache, options, apiType);
  const tooLarge = definitionSizeProblem(api, compiled);
  if (tooLarge !== undefined)
    printError(printProblem({ ...tooLarge, file: join(values.policies, tooLarge.file) }));
  if (tooLarge !== undefined && isError(tooLarge)) return 1;
  const patch = await writePatchedDocument(values, policies[0], compiled);
  if (patch === "problems") return 1;
  const report = cachingReport(compiled, options);
  const artefacts = await makeBuildArtefacts(compiled);
  const manifest = writeArtefacts(BUILD_FOLDER, artefacts, report, readPolicyFiles(values.policies), patch);
  if (patch !== undefined && values.out !== undefined) writeFileSync(values.out, patch.text);
  const files = Object.entries(manifest.files).map(([name, hash]) => {
    const size = String(statSync(`${BUILD_FOLDER}/${name}`).size).padStart(8);
    return `  ${name.padEnd(26)} ${size} bytes  sha256 ${hash.slice(0, 16)}`;
  });
  return print([
    ...printCachingReport(report),
    ...jwtLines(policies[0].api),
    "",
    `build/ for ${manifest.environments.join(", ")}:`,
    ...files,
  ]);
}
