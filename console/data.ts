import type { LayoutData } from "../core/model/layout.ts";
import type { LayoutOptions } from "../core/policy-files/compile/build-layout.ts";
import type { CompiledPolicies } from "../core/policy-files/compile/compile.ts";
import type { PolicyFiles, PolicySet } from "../core/policy-files/model/policy-set.ts";
import { type PackedRules, packRules } from "../core/policy-files/model/rules-json.ts";
import type { Problem } from "../core/policy-files/source/problem.ts";

/** The page's data: the content of `console/policies.json`. */
export interface ConsoleData {
  /** Whether a gateway runs behind the page, so that the page can send requests and show decisions. */
  readonly live: boolean;
  /** The contents of the policy files by path relative to their folder, for each folder that a set is read from. */
  readonly folders: readonly Readonly<Record<string, string>>[];
  /** The first set is the one in force; the others can be compared with it. */
  readonly sets: readonly SetData[];
}

/** One environment's policies, or their errors. */
export type SetData = NamedSet & (ReadableSet | { readonly problems: readonly Problem[] });

interface NamedSet {
  /** Unique among the sets. */
  readonly name: string;
  /** Index of its folder in {@link ConsoleData.folders}. */
  readonly folder: number;
}

export interface ReadableSet {
  readonly rules: PackedRules;
  readonly layout: LayoutData;
  /** For each group, the size of the resources of the longest policy that it can need, in bytes. */
  readonly longest: readonly number[];
  /** Why the caching mode is not `token`. */
  readonly why?: string;
  readonly options: LayoutOptions;
}

/** A folder's files, and the sets that are read from it. */
export interface ConsoleFolder {
  readonly files: PolicyFiles;
  readonly sets: readonly (Omit<NamedSet, "folder"> &
    (ReadableSet | { readonly problems: readonly Problem[] }))[];
}

export const consoleData = (folders: readonly ConsoleFolder[], live: boolean): ConsoleData => ({
  live,
  folders: folders.map(({ files }) => Object.fromEntries(files)),
  sets: folders.flatMap(({ sets }, folder) => sets.map((set) => ({ ...set, folder }))),
});

/** Packs a policy set that compiles for the page. */
export function readableSet(
  policies: PolicySet,
  compiled: CompiledPolicies,
  options: LayoutOptions,
): ReadableSet {
  const proof = compiled.proofs[compiled.mode];
  if (proof === undefined) throw new Error(`The compiled policies have no layout for mode ${compiled.mode}`);
  return {
    rules: packRules(policies),
    layout: proof.layout,
    longest: proof.groups.map(({ longest }) => longest),
    ...(compiled.why !== undefined && { why: compiled.why }),
    options,
  };
}
