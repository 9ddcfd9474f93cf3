import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cachingReport, printCachingReport } from "../../../core/policy-files/compile/caching-report.ts";
import { compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import { jwtLines } from "../../../core/policy-files/model/jwt-routes.ts";
import { bodyWarnings } from "../../../core/policy-files/openapi/check-bodies.ts";
import { printProblem } from "../../../core/policy-files/source/problem.ts";
import { makeBuildArtefacts, writeArtefacts } from "../../../packaging/artefacts.ts";
import type { Command } from "../../shared/command.ts";
import { COMMON, cacheFlag, LAYOUT_FLAGS, layoutOptions, readFlags } from "../../shared/flags.ts";
import { API_TYPE_FLAGS, API_TYPE_USAGE, apiTypeFlag } from "../../shared/front-flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { PATCH_FLAGS, writePatchedDocument } from "../../shared/patch-document.ts";
import { readPolicyFiles } from "../../shared/policy-folder.ts";

const USAGE = `npx portcullis build [--policies DIR] [--environment NAME] [--cache auto|token|route|off]
  [--max-groups N] [--encoded-paths as_sent|unknown] [--method-arn-base ARN]
  [--into FILE [--out FILE] [--gateway-responses] [--request-validators]]
  ${API_TYPE_USAGE}

Compiles the policy files, for all environments, and bundles the Lambdas into build/.
--into reads an OpenAPI document of your own, which must have the routes of policies/api.yaml, and writes it with our
authorizers and the security of each guarded operation, and all else as it is, to build/into/ and to --out: a
template, filled by the outputs of modules/adopt (docs/adopt.md). Gateway responses and the validator of
parameters are added only if asked for.`;

/** In the folder that the command is run in, where `policies/` and Terraform are. */
const BUILD_FOLDER = "build";

export const build: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, {
    ...COMMON,
    ...LAYOUT_FLAGS,
    ...API_TYPE_FLAGS,
    ...PATCH_FLAGS,
  });
  if (values.help) return print([USAGE]);
  const [cache, options, apiType] = [cacheFlag(values.cache), layoutOptions(values), apiTypeFlag(values)];
  const policies = loadEnvironments(values.policies, values.environment, { all: true });
  if (policies === undefined) return 1;
  for (const warning of bodyWarnings(policies[0].api))
    process.stderr.write(`${printProblem({ ...warning, file: join(values.policies, warning.file) })}\n`);
  const compiled = compilePolicies(policies, cache, options, apiType);
  const into = writePatchedDocument(values, policies[0], compiled);
  if (into === "problems") return 1;
  const report = cachingReport(compiled, options);
  const artefacts = await makeBuildArtefacts(compiled);
  const manifest = writeArtefacts(BUILD_FOLDER, artefacts, report, readPolicyFiles(values.policies), into);
  if (into !== undefined && values.out !== undefined) writeFileSync(values.out, into.text);
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

function print(lines: readonly string[]): number {
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}
