import { type ConsoleData, type ConsoleFolder, consoleData, readableSet } from "../../console/data.ts";
import type { ApiType } from "../../core/model/layout.ts";
import type { LayoutOptions, PolicySets } from "../../core/policy-files/compile/build-layout.ts";
import { type CacheFlag, compilePolicies } from "../../core/policy-files/compile/compile.ts";
import type { ShownPolicies } from "../../local/console/shown-policies.ts";

/** The options that the stack was started with. */
export interface ShownOptions {
  readonly cache: CacheFlag;
  readonly layout: LayoutOptions;
  readonly apiType: ApiType;
  /** The candidate's folder. */
  readonly shadow: string | undefined;
}

/** Returns the console's data: the policies in force, those of other environments, and those of the candidate. */
export function shownData({ inForce, candidate }: ShownPolicies, options: ShownOptions): ConsoleData {
  const folders: ConsoleFolder[] = [
    { files: inForce.files, sets: readableSets(inForce.policies, options, (environment) => environment) },
  ];
  if (candidate !== undefined)
    folders.push({
      files: candidate.files,
      sets: readableSets(
        [candidate.policies[0]],
        options,
        (environment) => `${environment} of ${options.shadow}`,
      ),
    });
  return consoleData(folders, true);
}

function readableSets(
  policies: PolicySets,
  { cache, layout, apiType }: ShownOptions,
  nameOf: (environment: string) => string,
): ConsoleFolder["sets"] {
  const compiled = compilePolicies(policies, cache, layout, apiType);
  return policies.map((set) => ({ name: nameOf(set.environment), ...readableSet(set, compiled, layout) }));
}
