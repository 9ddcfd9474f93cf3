import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DenyReason } from "../../../core/decision/denial.ts";
import type { AuthenticationErrorCode } from "../../../core/model/errors.ts";
import { event } from "../../support/fixtures.ts";
import { type Arena, type ArenaOptions, startArena } from "./arena.ts";
import { bundleTarget, type Event, type Outcome, sourceTarget, type Target } from "./targets.ts";

/** A request that must be rejected, or a similar one that must be allowed. */
export interface Attack {
  readonly title: string;
  /** Makes the token, the part of the header after `Bearer `, or the whole event. */
  readonly send: (arena: Arena) => string | Event;
  /** The expected result: 401 and the log's code, 403 and the reason, or 200. */
  readonly gets: readonly [401, AuthenticationErrorCode] | readonly [403, DenyReason] | readonly [200];
  /** Asserts further expectations. */
  readonly and?: (outcome: Outcome, arena: Arena) => void;
}

/** Declares the attacks of a theme. */
export type DescribeAttacks = (theme: string, attacks: readonly Attack[]) => void;

/**
 * Starts issuers, source and bundle for a test file.
 *
 * @returns a function that makes each attack on both, and asserts status, code and the log line, which must contain
 *   no part of the token
 */
export function startTargets(options: ArenaOptions = {}): DescribeAttacks {
  let arena: Arena;
  const targets: Record<string, Target> = {};
  beforeAll(async () => {
    arena = await startArena(options);
    targets["source"] = sourceTarget(arena);
    targets["bundle"] = await bundleTarget(arena);
  });
  afterAll(async () => {
    await Promise.all([...Object.values(targets), arena].map((one) => one.stop()));
  });
  return (theme, attacks) =>
    describe.each(["source", "bundle"])(`${theme} (%s)`, (name) => {
      test.each(attacks.map((attack) => [attack.title, attack] as const))("%s", async (_, attack) => {
        const target = targets[name];
        if (target === undefined) throw new Error(`The target ${name} has not started`);
        await expectOutcome(target, arena, attack);
      });
    });
}

async function expectOutcome(target: Target, arena: Arena, { send, gets, and }: Attack): Promise<void> {
  const sent = send(arena);
  const outcome = await target.send(typeof sent === "string" ? event(`Bearer ${sent}`) : sent);
  const [status, code] = gets;
  expect({ status: outcome.status, code: outcome.code }).toEqual({ status, code });
  expect(outcome.line).toMatchObject({ message: "decision", status });
  if (typeof sent === "string") expectNoTrace(sent, outcome);
  and?.(outcome, arena);
}

/** Asserts that the log line contains no part of the token; parts as short as words are not secret. */
function expectNoTrace(token: string, { line }: Outcome): void {
  const text = JSON.stringify(line);
  for (const part of token.split(".").filter((one) => one.length > 16)) expect(text).not.toContain(part);
}
