import { randomUUID } from "node:crypto";
import type { PoliciesEvent } from "../../core/policy-files/live-events.ts";
import type { PolicyFiles, PolicySet } from "../../core/policy-files/model/policy-set.ts";
import type { RunTimeItems } from "../../core/policy-files/simulate/run-time-state.ts";
import type { Problem } from "../../core/policy-files/source/problem.ts";
import { describeChange, describeErrors, describeFailure } from "./policy-events.ts";

/** A folder's policies for its environments, and the files that they were read from. */
export interface ShownFolder {
  /** The environment that is shown, then the others. */
  readonly policies: readonly [PolicySet, ...PolicySet[]];
  readonly files: PolicyFiles;
}

/** The policies that the console shows. */
export interface ShownPolicies {
  /** The policies that decide. */
  readonly inForce: ShownFolder;
  /** The shadow candidate, which is evaluated but does not decide; absent if there is none. */
  readonly candidate?: ShownFolder | undefined;
}

/** Publishes the changes of the policy files to the console. */
export interface PolicyWatch {
  /** Publishes that a new state of a folder is in force, or is the candidate. */
  show(folder: PoliciesEvent["folder"], state: ShownFolder, runTime: RunTimeItems): void;
  /** Publishes that a folder's files were rejected, for errors in them or for another cause. The last valid ones stay. */
  leftOut(folder: PoliciesEvent["folder"], why: readonly Problem[] | string): void;
  /** Returns the current state and its version. */
  json(): { readonly version: string; readonly text: string };
}

/** Publishes the first state, and returns the watch for the next ones. */
export function watchPolicies(
  shown: ShownPolicies,
  serialise: (shown: ShownPolicies) => unknown,
  onEvent: (event: PoliciesEvent) => void,
): PolicyWatch {
  // The versions of another run do not apply to this one.
  const run = randomUUID();
  let current = shown;
  let count = 0;
  let text: string | undefined;
  const version = (): string => `${run}/${count}`;
  const publish = (folder: PoliciesEvent["folder"], change: ReturnType<typeof describeChange>): void =>
    onEvent({ time: new Date().toISOString(), folder, version: version(), ...change });

  publish("in_force", describeChange(undefined, shown.inForce.policies[0]));
  return {
    show(folder, state, runTime) {
      const before = folder === "in_force" ? current.inForce : current.candidate;
      current = folder === "in_force" ? { ...current, inForce: state } : { ...current, candidate: state };
      text = undefined;
      count++;
      publish(folder, describeChange(before?.policies[0], state.policies[0], runTime));
    },
    leftOut: (folder, why) =>
      publish(folder, typeof why === "string" ? describeFailure(why) : describeErrors(why)),
    json() {
      text ??= JSON.stringify(serialise(current));
      return { version: version(), text };
    },
  };
}
