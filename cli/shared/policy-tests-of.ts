import { join } from "node:path";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import type { PolicyTest } from "../../core/policy-files/simulate/policy-tests.ts";

/**
 * The expectations that concern an environment, with their files as a shell would find them: those of tenants
 * that it has, and those that must be met everywhere.
 */
export function policyTestsIn({ policyTests, tenants }: PolicySet, folder: string): PolicyTest[] {
  return policyTests
    .filter(({ must, as }) => must || tenants.has(as.tenant))
    .map(({ at, ...rest }) => ({ ...rest, at: { ...at, file: join(folder, at.file) } }));
}
