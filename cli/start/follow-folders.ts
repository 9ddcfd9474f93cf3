import { watch } from "node:fs";
import type { ConsoleServer } from "../../local/console/console.ts";
import type { ShownFolder } from "../../local/console/shown-policies.ts";
import type { Stack } from "../../local/stack.ts";
import { type ReadFolder, readEnvironments } from "../shared/load-environments.ts";
import { runCandidate } from "../shared/local-candidate.ts";

export interface Folders {
  readonly policies: string;
  readonly environment: string;
  /** Is decided beside. */
  readonly shadow: string | undefined;
}

export interface Following {
  readonly stack: Stack;
  readonly console: ConsoleServer;
  readonly say: (line: string) => void;
}

/** Puts the candidate beside what runs, and then every valid state of the folders in force. Returns what ends it. */
export async function followFolders(folders: Folders, following: Following): Promise<() => void> {
  await decideBeside(folders, following);
  const { policies, shadow } = folders;
  const stops = [onChange(policies, following, () => reload(folders, following))];
  if (shadow !== undefined) stops.push(onChange(shadow, following, () => decideBeside(folders, following)));
  return () => {
    for (const stop of stops) stop();
  };
}

/** Deploys a valid state of the folder; an invalid one is told, and the last good one stays. */
async function reload({ policies: folder, environment }: Folders, following: Following): Promise<void> {
  const { stack, console, say } = following;
  const read = readEnvironments(folder, environment);
  const state = valid(read);
  if (state === undefined) {
    console.leftOut("in_force", read.problems);
    return say("The policy files have errors; the last good ones stay in force");
  }
  await stack.update(state.policies).catch((error: unknown) => {
    console.leftOut("in_force", String(error));
    throw error;
  });
  console.show("in_force", state);
  say("The policy files changed and are in force; all caches are empty");
}

/** Puts the candidate's folder beside what is in force. */
async function decideBeside(
  { policies, environment, shadow }: Folders,
  { stack, console, say }: Following,
): Promise<void> {
  if (shadow === undefined) return;
  const live = valid(readEnvironments(policies, environment));
  const read = readEnvironments(shadow, environment);
  const candidate = valid(read);
  if (candidate === undefined) console.leftOut("candidate", read.problems);
  if (live === undefined || candidate === undefined)
    return say(`${shadow} is not decided beside: there are errors`);
  const sets = { live: live.policies[0], candidate: candidate.policies[0], folder: shadow };
  const different = await runCandidate(stack, sets);
  if (different.length > 0) {
    const why = `${shadow} is not decided beside: its routes are not those of ${policies}`;
    console.leftOut("candidate", why);
    return say([why, ...different].join("\n"));
  }
  console.show("candidate", candidate);
  say(`${shadow} is decided beside ${policies}`);
}

const valid = ({ policies, files }: ReadFolder): ShownFolder | undefined => policies && { policies, files };

function onChange(folder: string, { say }: Following, changed: () => Promise<void>): () => void {
  let pending: NodeJS.Timeout | undefined;
  let queue = Promise.resolve();
  const watcher = watch(folder, { recursive: true }, () => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      queue = queue
        .then(changed)
        .catch((error: unknown) =>
          say(`The policy files are not in force; the last good ones stay: ${String(error)}`),
        );
    }, 100);
  });
  return () => {
    clearTimeout(pending);
    watcher.close();
  };
}
