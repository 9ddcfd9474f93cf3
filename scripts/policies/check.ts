import { isError, printProblem } from "../../core/files/problem.ts";
import { COMMON, readFlags } from "../lib/flags.ts";
import { requireFolder } from "../lib/load-environments.ts";
import { loadPolicyFolder } from "../lib/policy-folder.ts";

const USAGE = `npm run policies -- check [--policies DIR] [--environment NAME]

Tells everything that is wrong with a policy folder, with file, line and column.
Exit status 0: fine, 1: errors, 2: wrong use.`;

/** `policies -- check` */
export function check(args: readonly string[]): number {
  const { values } = readFlags(args, COMMON);
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  requireFolder(values.policies);
  const { policies, problems } = loadPolicyFolder(values.policies, values.environment);
  for (const problem of problems) process.stdout.write(`${printProblem(problem)}\n`);
  if (policies === undefined) {
    const errors = problems.filter(isError).length;
    process.stdout.write(`${values.policies} has ${errors} error${errors === 1 ? "" : "s"}\n`);
    return 1;
  }
  const { api, roles, plans, tenants, issuers } = policies;
  process.stdout.write(
    `${values.policies} is fine for ${values.environment}: ${api.operations.length} routes, ${roles.size} roles, ${plans.size} plans, ${tenants.size} tenants, ${issuers.size} issuers\n`,
  );
  return 0;
}
