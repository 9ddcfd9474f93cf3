import { fileURLToPath } from "node:url";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import type { Providers } from "./tokens.ts";

/** A request; the token is what stands in the header after `Bearer`. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
}

/** What a client or a backend sees of the answer. */
export interface Outcome {
  readonly status: number;
  readonly reason: string | undefined;
  /** As the backend reads it; null where it was reached without one, undefined where it was not reached. */
  readonly caller: Readonly<Record<string, unknown>> | null | undefined;
}

/** One way to ask the same question. */
export interface Front {
  readonly providers: Providers;
  ask(request: Request): Promise<Outcome>;
  /** Everything logged so far. */
  logs(): readonly string[];
  close(): Promise<void>;
}

export type StartFront = (policies: PolicySet, cache: CacheFlag) => Promise<Front>;

/** The policies that the repository ships, for the environment `dev`. */
export function samplePolicies(): PolicySet {
  const { policies, problems } = loadPolicyFolder(
    fileURLToPath(new URL("../../policies", import.meta.url)),
    "dev",
  );
  if (policies === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  return policies;
}

/** The path of a request without its query string. */
export const pathOf = (path: string): string => path.split("?", 1)[0] ?? "";
