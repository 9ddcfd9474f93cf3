import { NOTHING_ADDED, type RunTimeItems } from "../core/policy-files/simulate/run-time-state.ts";
import type { Problem } from "../core/policy-files/source/problem.ts";
import type { ConsoleData } from "./data.ts";
import { type FileContents, OpenSet } from "./open-set.ts";

/** A policy set whose files have errors. */
export interface BrokenSet {
  readonly name: string;
  readonly files: FileContents;
  readonly problems: readonly Problem[];
}

/** The page's data, ready for its views. */
export interface LoadedConsole {
  /** What run time added, as it was fetched; undefined for a static copy. */
  readonly runTime?: string | undefined;
  readonly live: boolean;
  /** The version of the files, from the response's ETag; undefined if the server sends none. */
  readonly version: string | undefined;
  readonly sets: readonly (OpenSet | BrokenSet)[];
}

export const isBroken = (set: OpenSet | BrokenSet): set is BrokenSet => "problems" in set;

/** URL of the data, relative to the page. */
const POLICIES = "console/policies.json";
const RUN_TIME = "console/run-time.json";

/** Fetches the page's data. @throws Error if the response is not the data, with what it is instead */
export async function loadConsole(): Promise<LoadedConsole> {
  const response = await fetch(POLICIES, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${POLICIES} returned status ${response.status}`);
  const text = await response.text();
  const version = response.headers.get("etag")?.replace(/^"|"$/g, "");
  const data = parse(text);
  const runTime = data.live ? await fetchRunTime() : undefined;
  return {
    ...openConsole(data, runTime === undefined ? NOTHING_ADDED : parseRunTime(runTime)),
    version,
    runTime,
  };
}

async function fetchRunTime(): Promise<string> {
  const response = await fetch(RUN_TIME, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${RUN_TIME} returned status ${response.status}`);
  return response.text();
}

function parseRunTime(text: string): RunTimeItems {
  const { generations, ...others } = JSON.parse(text) as Omit<RunTimeItems, "generations"> & {
    readonly generations: readonly (readonly [string, unknown])[];
  };
  return { ...others, generations: new Map(generations) };
}

function parse(text: string): ConsoleData {
  try {
    const data = JSON.parse(text) as ConsoleData;
    if (Array.isArray(data.sets)) return data;
  } catch {
    // Reported below. Some servers return an HTML page for every path, and a file can be truncated.
  }
  throw new Error(`${POLICIES} is not a file that npx portcullis console writes`);
}

/**
 * Opens each policy set that has no errors. The first is in force and has its environment's name. Run time adds to every
 * set of this environment, because a candidate would decide about the same tenants.
 */
export function openConsole(
  { live, folders, sets }: ConsoleData,
  runTime: RunTimeItems = NOTHING_ADDED,
): Omit<LoadedConsole, "version"> {
  const table = live ? { environment: sets[0]?.name ?? "", added: runTime } : undefined;
  return {
    live,
    sets: sets.map((set) => {
      const files = folders[set.folder] ?? {};
      return "problems" in set ? { ...set, files } : new OpenSet(set.name, files, set, table);
    }),
  };
}
