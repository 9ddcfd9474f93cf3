import { join } from "node:path";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import type { PolicyTest } from "../../core/policy-files/simulate/policy-tests.ts";

/**
 * Returns the policy tests to run for an environment: those of its tenants, and those with `must: true`. They name
 * files by paths from the working directory.
 */
export function policyTestsFor({ policyTests, tenants }: PolicySet, folder: string): PolicyTest[] {
  return policyTests
    .filter(({ must, as }) => must || tenants.has(as.tenant))
    .map(({ at, ...rest }) => ({ ...rest, at: { ...at, file: join(folder, at.file) } }));
}

/** Returns the end of a message that says how many policy tests were not run; empty if all were. */
export function skippedNote({ policyTests, environment }: PolicySet, run: readonly PolicyTest[]): string {
  const skipped = policyTests.length - run.length;
  return skipped === 0 ? "" : `; ${skipped} skipped, because their tenants are not in ${environment}`;
}
