import { type AccessDiff, diffAccess } from "../../core/policy-files/access/diff.ts";
import { accessSections } from "../../core/policy-files/access/sections.ts";
import { type TrustState, trustChanges } from "../../core/policy-files/access/trust-changes.ts";
import { DEFAULT_LAYOUT_OPTIONS, type PolicySets } from "../../core/policy-files/compile/build-layout.ts";
import { CachingError, compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import { explicitRoutes } from "../../core/policy-files/model/operation.ts";
import {
  type LoadedPolicies,
  loadPolicies,
  type PolicyFiles,
  type PolicySet,
} from "../../core/policy-files/model/policy-set.ts";
import { findWarnings } from "../../core/policy-files/model/warnings.ts";
import { documentWarnings } from "../../core/policy-files/openapi/document-warnings.ts";
import { printPolicyTest, runPolicyTests } from "../../core/policy-files/simulate/run-policy-tests.ts";
import { createSimulator } from "../../core/policy-files/simulate/simulator.ts";
import {
  isError,
  type Problem,
  printProblem,
  printProblems,
} from "../../core/policy-files/source/problem.ts";
import { isFor } from "../shared/policy-tests.ts";
import { boundReview, cut, type Review, type ReviewEnvironment, reviewList } from "./review-file.ts";

/** The two states that a review compares. `before` has no files if the folder is new. */
export interface ReviewedFiles {
  readonly before: PolicyFiles;
  /** Why there is no state after the change, or its files. */
  readonly after: PolicyFiles | string;
  /** Addresses and actions of a Terraform plan; undefined: there is none. */
  readonly plan: readonly string[] | undefined;
}

/** Checks and tests the policy files after a change, and compares their access with that before, in every environment. */
export function makeReview({ before, after, plan }: ReviewedFiles): Review {
  const nothing = reviewList([]);
  const empty: Review = {
    version: 1,
    errors: nothing,
    warnings: nothing,
    tests: null,
    access: [],
    trust: nothing,
    plan: plan === undefined ? null : reviewList(plan),
  };
  if (typeof after === "string") return { ...empty, errors: reviewList([after]), access: after };
  const environments = environmentsIn(before, after);
  const [old, now] = [before, after].map((files) =>
    files.size === 0 ? [] : environments.map((name) => loadPolicies(files, name)),
  ) as [LoadedPolicies[], LoadedPolicies[]];
  if (after.size === 0) return { ...empty, errors: reviewList([NO_FILES]), access: NO_FILES };
  const [was, is] = [old, now].map((loaded) => loaded.flatMap(({ policies }) => policies ?? [])) as [
    PolicySet[],
    PolicySet[],
  ];
  const found = { ...empty, ...problemsIn(old, now) };
  const [first, ...others] = is;
  if (first === undefined || is.length < now.length)
    return boundReview({ ...found, access: "The policy files have errors." });
  const tested = { ...found, ...testsOf([first, ...others], found.errors) };
  if (was.length < old.length)
    return boundReview({ ...tested, access: "The policy files before the change have errors." });
  return boundReview({ ...tested, ...accessChanges(was, is) });
}

const NO_FILES = "There are no policy files.";

/** Returns the environments that have tenants of their own, before or after; without any, all have the same policies. */
function environmentsIn(...states: readonly PolicyFiles[]): string[] {
  const paths = states.flatMap((files) => [...files.keys()]);
  const names = new Set(paths.flatMap((path) => /^tenants\/([^/]+)\//.exec(path)?.[1] ?? []));
  return names.size === 0 ? ["dev"] : [...names].sort();
}

/** Lists the errors, and the warnings that the files before did not have. */
function problemsIn(
  before: readonly LoadedPolicies[],
  after: readonly LoadedPolicies[],
): Pick<Review, "errors" | "warnings"> {
  const id = ({ file, rule, message }: Problem): string => JSON.stringify([file, rule, message]);
  const old = new Set(allProblems(before).map(id));
  const all = allProblems(after);
  const lines = (problems: readonly Problem[]) => reviewList(printProblems(problems, printProblem));
  return {
    errors: lines(all.filter(isError)),
    warnings: lines(all.filter((problem) => !isError(problem) && !old.has(id(problem)))),
  };
}

/** Returns the problems of all environments, each once. */
function allProblems(loaded: readonly LoadedPolicies[]): Problem[] {
  const all = loaded.flatMap(({ policies, problems }) => [
    ...problems,
    ...(policies === undefined ? [] : [...findWarnings(policies), ...documentWarnings(policies.api)]),
  ]);
  return [...new Map(all.map((problem) => [printProblem(problem), problem])).values()];
}

/** Runs the policy tests of each environment. An API that has no exact policies is an error. */
function testsOf(sets: PolicySets, errors: Review["errors"]): Pick<Review, "errors" | "tests"> {
  try {
    const compiled = compilePolicies(sets, "auto", DEFAULT_LAYOUT_OPTIONS);
    const results = sets.flatMap((set) =>
      runPolicyTests(
        createSimulator(set, compiled),
        set.policyTests.filter((test) => isFor(test, set.environment)),
      ),
    );
    const failed = results.filter(({ met }) => !met).map(printPolicyTest);
    return { errors, tests: { run: results.length, failed: reviewList(failed) } };
  } catch (error) {
    if (!(error instanceof CachingError)) throw error;
    return { errors: reviewList([...errors.first, error.message]), tests: null };
  }
}

/** Compares environment by environment. Those with the same changes are one entry. */
function accessChanges(
  before: readonly PolicySet[],
  after: readonly PolicySet[],
): Pick<Review, "access" | "trust"> {
  const environments = new Map<string, ReviewEnvironment>();
  const trust = new Set<string>();
  for (const [index, now] of after.entries()) {
    const [was, is] = [before[index], now].map((set) => set && trustState(set)) as [
      TrustState | undefined,
      TrustState,
    ];
    for (const line of trustChanges(was, is)) trust.add(line);
    const explicit = new Set(
      [before[index], now].flatMap((set) => (set ? [...explicitRoutes(set.api)] : [])),
    );
    const changes = describe(diffAccess(was?.items ?? [], is.items, explicit));
    if (changes.sections.length === 0) continue;
    const key = JSON.stringify(changes);
    const names = [...(environments.get(key)?.names ?? []), cut(now.environment)];
    environments.set(key, { ...changes, names });
  }
  return { access: [...environments.values()], trust: reviewList([...trust]) };
}

const trustState = (set: PolicySet): TrustState => ({ api: set.api, items: permissionItems(set) });

function describe(found: AccessDiff): Omit<ReviewEnvironment, "names"> {
  const { changes, tenantsAdded, before, lost } = found;
  const added = new Set(tenantsAdded);
  const tenants = [
    ...changes.flatMap((change) => change.tenants),
    ...[tenantsAdded, found.tenantsRemoved, found.suspended, found.reinstated].flat(),
  ];
  const gained = changes
    .filter(({ kind }) => kind === "gain")
    .map((change) =>
      Math.max(change.tenants.filter((id) => !added.has(id)).length, Number(change.tenants.length === 0)),
    );
  return {
    sections: accessSections(found).map(({ kind, lines }) => ({ kind, lines: reviewList(lines) })),
    tenants: reviewList([...new Set(tenants)].sort()),
    roles: reviewList([...new Set(changes.map(({ role }) => role))].sort()),
    explicit: changes.filter(({ explicit }) => explicit).length,
    before,
    gained: gained.reduce((sum, each) => sum + each, 0),
    lost,
  };
}
