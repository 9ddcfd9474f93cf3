import { randomUUID } from "node:crypto";
import type { PoliciesEvent } from "../../core/policy-files/live-events.ts";
import type { PolicyFiles, PolicySet } from "../../core/policy-files/model/policy-set.ts";
import type { Problem } from "../../core/policy-files/source/problem.ts";
import { broken, changed, failed } from "./policy-events.ts";

/** A folder's policies for its environments, and the texts that they were read from. */
export interface ShownFolder {
  /** The one that is meant, and others behind it. */
  readonly policies: readonly [PolicySet, ...PolicySet[]];
  readonly files: PolicyFiles;
}

export interface ShownPolicies {
  readonly inForce: ShownFolder;
  /** What is decided beside; absent: nothing. */
  readonly candidate?: ShownFolder | undefined;
}

/** What the console shows of the policy files, as they change. */
export interface PolicyWatch {
  /** Another state of a folder is in force, or is decided beside. */
  show(folder: PoliciesEvent["folder"], state: ShownFolder): void;
  /** A folder's files were left out, and the last good ones stay: for problems at positions, or for another cause. */
  leftOut(folder: PoliciesEvent["folder"], why: readonly Problem[] | string): void;
  /** The state that stands, and its name. */
  json(): { readonly version: string; readonly text: string };
}

/** Starts from what is shown first, and tells of it. */
export function watchPolicies(
  shown: ShownPolicies,
  serialise: (shown: ShownPolicies) => unknown,
  onEvent: (event: PoliciesEvent) => void,
): PolicyWatch {
  // Versions of another run are none of this one's.
  const run = randomUUID();
  let current = shown;
  let count = 0;
  let text: string | undefined;
  const version = (): string => `${run}/${count}`;
  const tell = (folder: PoliciesEvent["folder"], told: ReturnType<typeof changed>): void =>
    onEvent({ time: new Date().toISOString(), folder, version: version(), ...told });

  tell("in_force", changed(undefined, shown.inForce.policies[0]));
  return {
    show(folder, state) {
      const before = folder === "in_force" ? current.inForce : current.candidate;
      current = folder === "in_force" ? { ...current, inForce: state } : { ...current, candidate: state };
      text = undefined;
      count++;
      tell(folder, changed(before?.policies[0], state.policies[0]));
    },
    leftOut: (folder, why) => tell(folder, typeof why === "string" ? failed(why) : broken(why)),
    json() {
      text ??= JSON.stringify(serialise(current));
      return { version: version(), text };
    },
  };
}
