import type * as z from "zod";
import type { DenialLog } from "../../core/decision/denial-log.ts";
import type { decisionLineSchema } from "../../core/policy-files/replay/log-schemas.ts";
import type { ShadowResult } from "../../runtime/shadow/shadow.ts";
import type { Failure } from "../../runtime/telemetry/failure.ts";
import type { LogMetadata } from "../../runtime/telemetry/log.ts";

/** A line as its published schema declares it. */
type Line = z.infer<typeof decisionLineSchema>;
type Failed = Extract<Line, { outcome: "unauthorized" | "error" }>;
type Denied = NonNullable<Extract<Line, { outcome: "deny" }>["denial"]>;

/** What JSON has of a type: a member that may be undefined may be absent, and nothing is read-only. */
type Written<T> = T extends readonly (infer E)[]
  ? Written<E>[]
  : T extends object
    ? {
        [K in keyof T]-?: [Written<Exclude<T[K], undefined>>, undefined extends T[K] ? "optional" : "always"];
      }
    : T;

type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/**
 * Does not compile if a member of a log line is added, removed or changed in the code that writes it, and not in the
 * schema, or the other way round.
 */
export const EQUAL: readonly [
  metadata: Equal<
    Written<Omit<LogMetadata, "status">>,
    Written<Pick<Line, Exclude<keyof LogMetadata, "status">>>
  >,
  denial: Equal<Written<Omit<DenialLog, "check">>, Written<Omit<Denied, "check">>>,
  shadow: Equal<Written<ShadowResult>, Written<NonNullable<Line["shadow"]>>>,
  failure: Equal<Failure["outcome"] | Failure["status"], Failed["outcome"] | Failed["status"]>,
] = [true, true, true, true];
