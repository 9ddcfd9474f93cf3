import type { ConsoleServer } from "../../local/console/console.ts";
import type { ShownFolder } from "../../local/console/shown-policies.ts";
import type { Stack } from "../../local/stack.ts";
import { type ReadFolder, readEnvironments } from "../shared/load-environments.ts";
import { runCandidate } from "./local-candidate.ts";
import { folderState, watchFolder } from "./watch-folder.ts";

export interface Folders {
  readonly policies: string;
  readonly environment: string;
  /** The candidate's folder. */
  readonly shadow: string | undefined;
}

export interface FollowDeps {
  readonly stack: Stack;
  readonly console: ConsoleServer;
  readonly print: (line: string) => void;
}

/**
 * Loads the candidate, then watches the folders and deploys every valid change to the local stack, also one that was
 * made since `deployed` was read. Returns a function that stops watching.
 *
 * @param deployed the state of the policy folder that the stack was started with, from {@link folderState}
 */
export async function followFolders(
  folders: Folders,
  deployed: string,
  deps: FollowDeps,
): Promise<() => Promise<void>> {
  const { policies, shadow } = folders;
  const candidate = shadow && folderState(shadow);
  await loadCandidate(folders, deps);
  const stops = [await follow(policies, deployed, deps, () => reload(folders, deps))];
  if (shadow !== undefined && candidate !== undefined)
    stops.push(await follow(shadow, candidate, deps, () => loadCandidate(folders, deps)));
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}

/** Deploys the folder's policies if they are valid. Otherwise the last valid ones stay in force. */
async function reload({ policies: folder, environment }: Folders, deps: FollowDeps): Promise<void> {
  const { stack, console, print } = deps;
  const read = readEnvironments(folder, environment);
  const state = validPolicies(read);
  if (state === undefined) {
    console.leftOut("in_force", read.problems);
    return print("The policy files have errors; the last valid ones stay in force");
  }
  await stack.update(state.policies).catch((error: unknown) => {
    console.leftOut("in_force", String(error));
    throw error;
  });
  await console.show("in_force", state);
  print("The policy files changed and are in force; all caches are empty");
}

/** Loads the candidate's folder, if it is valid and has the live routes. */
async function loadCandidate(
  { policies, environment, shadow }: Folders,
  { stack, console, print }: FollowDeps,
): Promise<void> {
  if (shadow === undefined) return;
  const live = validPolicies(readEnvironments(policies, environment));
  const read = readEnvironments(shadow, environment);
  const candidate = validPolicies(read);
  if (candidate === undefined) console.leftOut("candidate", read.problems);
  if (live === undefined || candidate === undefined)
    return print(`${shadow} is not evaluated as a candidate: the policy files have errors`);
  const sets = { live: live.policies[0], candidate: candidate.policies[0], folder: shadow };
  const different = await runCandidate(stack, sets);
  if (different.length > 0) {
    const why = `${shadow} is not evaluated as a candidate: its routes differ from those of ${policies}`;
    console.leftOut("candidate", why);
    return print([why, ...different].join("\n"));
  }
  await console.show("candidate", candidate);
  print(`${shadow} is evaluated as a candidate alongside ${policies}`);
}

const validPolicies = ({ policies, files }: ReadFolder): ShownFolder | undefined =>
  policies && { policies, files };

const follow = (
  folder: string,
  seen: string,
  { print }: FollowDeps,
  changed: () => Promise<void>,
): Promise<() => Promise<void>> =>
  watchFolder({
    folder,
    seen,
    changed: () =>
      changed().catch((error: unknown) =>
        print(`The policy files are not in force; the last valid ones stay: ${String(error)}`),
      ),
    failed: (why) =>
      print(`Edits of ${folder} may be missed, because it cannot be watched: ${why}. Restart after an edit`),
  });
