import type { LayoutData } from "../core/model/layout.ts";
import type { LayoutOptions } from "../core/policy-files/compile/build-layout.ts";
import type { CompiledPolicies } from "../core/policy-files/compile/compile.ts";
import type { PolicyFiles, PolicySet } from "../core/policy-files/model/policy-set.ts";
import { type PackedRules, packRules } from "../core/policy-files/model/rules-json.ts";
import type { Problem } from "../core/policy-files/source/problem.ts";

/** What the page shows, as `console/policies.json` holds it. */
export interface ConsoleData {
  /** Whether a gateway runs behind the page, that can be asked and whose decisions can be watched. */
  readonly live: boolean;
  /** Texts of policy files by their path below their folder, for each folder that a set is read from. */
  readonly folders: readonly Readonly<Record<string, string>>[];
  /** The first is what runs; others can be compared with it. */
  readonly sets: readonly SetData[];
}

/** One environment's policies, or what is wrong with them. */
export type SetData = NamedSet & (ReadableSet | { readonly problems: readonly Problem[] });

interface NamedSet {
  /** Unlike any other set's. */
  readonly name: string;
  /** Its folder's place in {@link ConsoleData}. */
  readonly folder: number;
}

export interface ReadableSet {
  readonly rules: PackedRules;
  readonly layout: LayoutData;
  /** The longest policy that each group can need, in bytes of its resources. */
  readonly longest: readonly number[];
  /** Why the layout is not one of mode `token`. */
  readonly why?: string;
  readonly options: LayoutOptions;
}

/** A folder's files, with the sets that are read from it. */
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

/** A set that compiles; problems name files by their path below the folder. */
export function readableSet(
  policies: PolicySet,
  compiled: CompiledPolicies,
  options: LayoutOptions,
): ReadableSet {
  const proof = compiled.proofs[compiled.mode];
  if (proof === undefined) throw new Error(`There is no layout for ${compiled.mode}`);
  return {
    rules: packRules(policies),
    layout: proof.layout,
    longest: proof.groups.map(({ longest }) => longest),
    ...(compiled.why !== undefined && { why: compiled.why }),
    options,
  };
}
