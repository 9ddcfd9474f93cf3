import type { Problem } from "../core/policy-files/source/problem.ts";
import type { ConsoleData } from "./data.ts";
import { type FileTexts, OpenSet } from "./open-set.ts";

/** A policy set that has errors. */
export interface BrokenSet {
  readonly name: string;
  readonly files: FileTexts;
  readonly problems: readonly Problem[];
}

/** What the page shows, ready to be asked. */
export interface LoadedConsole {
  readonly live: boolean;
  /** Names the state of the files, where the server tells it. */
  readonly version: string | undefined;
  readonly sets: readonly (OpenSet | BrokenSet)[];
}

export const isBroken = (set: OpenSet | BrokenSet): set is BrokenSet => "problems" in set;

/** Where the data stands, relative to the page. */
const POLICIES = "console/policies.json";

/** Reads what the page shows. @throws Error that says what came instead */
export async function loadConsole(): Promise<LoadedConsole> {
  const response = await fetch(POLICIES, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${POLICIES} was answered with ${response.status}`);
  const text = await response.text();
  const version = response.headers.get("etag")?.replace(/^"|"$/g, "");
  return { ...openConsole(parse(text)), version };
}

function parse(text: string): ConsoleData {
  try {
    const data = JSON.parse(text) as ConsoleData;
    if (Array.isArray(data.sets)) return data;
  } catch {
    // Told below: a page of a server that answers everything is no JSON, and neither is a file cut short.
  }
  throw new Error(`${POLICIES} does not hold what npx portcullis console writes`);
}

export function openConsole({ live, folders, sets }: ConsoleData): Omit<LoadedConsole, "version"> {
  return {
    live,
    sets: sets.map((set) => {
      const files = folders[set.folder] ?? {};
      return "problems" in set ? { ...set, files } : new OpenSet(set.name, files, set);
    }),
  };
}
