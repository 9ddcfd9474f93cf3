import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DenyReason } from "../../../core/decision/denial.ts";
import type { AuthenticationErrorCode } from "../../../core/model/errors.ts";
import { event } from "../../support/fixtures.ts";
import { type Arena, type ArenaOptions, startArena } from "./arena.ts";
import { bundleFront, type Event, type Front, type Outcome, sourceFront } from "./fronts.ts";

/** A request that must not be believed, or one beside it that must be. */
export interface Attack {
  readonly title: string;
  /** The token, as it stands in the header after `Bearer `, or the whole event. */
  readonly send: (arena: Arena) => string | Event;
  /** What the client sees: 401 and the log's code, 403 and the reason, or 200. */
  readonly gets: readonly [401, AuthenticationErrorCode] | readonly [403, DenyReason] | readonly [200];
  /** What else must hold. */
  readonly and?: (outcome: Outcome, arena: Arena) => void;
}

/** Declares a theme's attacks. */
export type DescribeAttacks = (theme: string, attacks: readonly Attack[]) => void;

/**
 * Starts issuers, source and bundle for a test file. What it returns makes each attack on both, and asserts
 * status, code, the line of the log, and no trace of the token in it.
 */
export function attackGround(options: ArenaOptions = {}): DescribeAttacks {
  let arena: Arena;
  const fronts: Record<string, Front> = {};
  beforeAll(async () => {
    arena = await startArena(options);
    fronts["source"] = sourceFront(arena);
    fronts["bundle"] = await bundleFront(arena);
  });
  afterAll(async () => {
    await Promise.all([...Object.values(fronts), arena].map((one) => one.stop()));
  });
  return (theme, attacks) =>
    describe.each(["source", "bundle"])(`${theme} (%s)`, (name) => {
      test.each(attacks.map((attack) => [attack.title, attack] as const))("%s", async (_, attack) => {
        const apiType = fronts[name];
        if (apiType === undefined) throw new Error(`The ${name} has not started`);
        await expectOutcome(apiType, arena, attack);
      });
    });
}

async function expectOutcome(apiType: Front, arena: Arena, { send, gets, and }: Attack): Promise<void> {
  const sent = send(arena);
  const outcome = await apiType.ask(typeof sent === "string" ? event(`Bearer ${sent}`) : sent);
  const [status, code] = gets;
  expect({ status: outcome.status, code: outcome.code }).toEqual({ status, code });
  expect(outcome.line).toMatchObject({ message: "decision", status });
  if (typeof sent === "string") expectNothingOf(sent, outcome);
  and?.(outcome, arena);
}

/** Parts that are as short as words are no secret. */
function expectNothingOf(token: string, { line }: Outcome): void {
  const text = JSON.stringify(line);
  for (const part of token.split(".").filter((one) => one.length > 16)) expect(text).not.toContain(part);
}
