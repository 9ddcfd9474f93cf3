import { fileURLToPath } from "node:url";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import type { Providers } from "./tokens.ts";

/** A request; the token is the part of the Authorization header after `Bearer`. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The result of a request, as the client and the backend see it. */
export interface Outcome {
  readonly status: number;
  readonly reason: string | undefined;
  /** The caller as the backend reads it; null if it was reached without one, undefined if it was not reached. */
  readonly caller: Readonly<Record<string, unknown>> | null | undefined;
}

/** One way to run the suite: the core alone, the bundle, or a local gateway. */
export interface Target {
  readonly providers: Providers;
  send(request: Request): Promise<Outcome>;
  /** Returns all lines logged so far. */
  logs(): readonly string[];
  close(): Promise<void>;
}

export type StartTarget = (policies: PolicySet, cache: CacheFlag) => Promise<Target>;

/** Loads the policies that the repository ships, for the environment `dev`. */
export function samplePolicies(): PolicySet {
  const { policies, problems } = loadPolicyFolder(
    fileURLToPath(new URL("../../policies", import.meta.url)),
    "dev",
  );
  if (policies === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  return policies;
}

/** Returns a request's path without its query string. */
export const pathWithoutQuery = (path: string): string => path.split("?", 1)[0] ?? "";
