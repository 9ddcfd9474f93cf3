import { COMMON, readFlags } from "../lib/flags.ts";
import { loadOrReport } from "../lib/load-or-report.ts";

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
  const policies = loadOrReport(values.policies, values.environment);
  if (policies === undefined) return 1;
  const { api, roles, plans, tenants, issuers } = policies;
  process.stdout.write(
    `${values.policies} is fine for ${values.environment}: ${api.operations.length} routes, ${roles.size} roles, ${plans.size} plans, ${tenants.size} tenants, ${issuers.size} issuers\n`,
  );
  return 0;
}
