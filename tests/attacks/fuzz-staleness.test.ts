import { setImmediate as turn } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { InternalError } from "../../core/model/errors.ts";
import type { Item } from "../../core/model/items.ts";
import { jsonGetter } from "../../runtime/jwt/https-getter.ts";
import { type ItemReader, READ_DEADLINE } from "../../runtime/table/dynamodb-reader.ts";
import { draws } from "../support/draws.ts";
import { clock, event } from "../support/fixtures.ts";
import { type Arena, published, rsaPair, startArena } from "./support/arena.ts";
import { bounded, noUnhandledRejection, rule } from "./support/fuzz.ts";
import { rs256 } from "./support/raw-token.ts";
import {
  apply,
  type Change,
  change,
  FIRST,
  type Holder,
  listKills,
  listReads,
  type Reads,
} from "./support/table-history.ts";
import { inMemoryReader, sourceAuthorizer } from "./support/targets.ts";

noUnhandledRejection();

const TTL = 30_000;
const STALE = 120_000;
/** How long after a failed read the table is not read again if there are stale permissions. */
const PAUSE_AFTER_FAILURE = 5_000;

/** A caller with its token. */
interface Sender extends Holder {
  readonly authorization: string;
}

let arena: Arena;
let senders: readonly Sender[];
beforeAll(async () => {
  const second = rsaPair();
  arena = await startArena({ keys: [published(second.publicKey, { kid: "k2", alg: "RS256", use: "sig" })] });
  const sender = (holder: Omit<Holder, "tokenId">, roles: readonly string[], index: number): Sender => {
    const { tenant, subject, kid } = holder;
    const claims = { tenant, sub: subject, jti: `token-${index}`, roles, exp: arena.now() + 86_400 };
    const key = kid === "k2" ? second : arena.pairs.main;
    const token = arena.token(claims, { kid }, rs256(key.privateKey));
    return { ...holder, tokenId: `token-${index}`, authorization: `Bearer ${token}` };
  };
  senders = [
    sender({ tenant: "acme", subject: "ann", kid: "k1" }, ["viewer"], 1),
    sender({ tenant: "acme", subject: "ann", kid: "k2" }, ["editor"], 2),
    sender({ tenant: "acme", subject: "bob", kid: "k1" }, [], 3),
    sender({ tenant: "acme", subject: "bob", kid: "k2" }, ["auditor", "viewer"], 4),
    sender({ tenant: "globex", subject: "ann", kid: "k1" }, ["viewer", "editor"], 5),
  ];
});
afterAll(() => arena.stop());

/** The issuer's documents do not change, so every authorizer may use the same. */
const documents = new Map<string, Promise<unknown>>();
function getOnce(url: string): Promise<unknown> {
  const cached = documents.get(url) ?? jsonGetter()(url);
  documents.set(url, cached);
  return cached;
}

/** One step of a history: a change, a request, time, reads that take long, or a table that cannot be read. */
type Step = Change | { readonly send: number } | { readonly wait: number } | "slow" | "fast" | "down" | "up";

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: change },
  { weight: 12, arbitrary: fc.nat(4).map((send) => ({ send })) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(1, 900, 3_999, 4_000, 10_000, 20_000, TTL - 1, TTL, STALE)
      .map((wait) => ({ wait })),
  },
  { weight: 2, arbitrary: fc.constantFrom<Step>("slow", "fast", "fast") },
  { weight: 1, arbitrary: fc.constantFrom<Step>("down", "up", "up") },
);

/** A table with its past. Reads see the table as it is when they begin, and may take until `speedUp`. */
function createTable(now: () => number) {
  const past: { readonly since: number; readonly items: readonly Item[] }[] = [
    { since: now(), items: FIRST },
  ];
  const failures: number[] = [];
  let isDown = false;
  let slow: { readonly since: number; readonly ended: Promise<void>; end(): void } | undefined;
  const current = () => past.at(-1)?.items ?? [];
  const read = async <T>(readFrom: (reader: ItemReader) => Promise<T>): Promise<T> => {
    const [reader, fails] = [inMemoryReader(current()), isDown];
    await slow?.ended;
    if (!fails) return readFrom(reader);
    failures.push(now());
    throw new InternalError("table_unreachable", "The table cannot be read");
  };
  const reader: ItemReader = {
    catalogue: (pk) => read((from) => from.catalogue(pk)),
    items: (keys) => read((from) => from.items(keys)),
  };
  return {
    reader,
    change: (made: Change) =>
      past.push({ since: now(), items: apply(current(), made, `hash-${past.length}`) }),
    setDown: (down: boolean) => (isDown = down),
    /** Returns for how long reads have been slow, in ms; negative if they are not. */
    slowFor: () => (slow === undefined ? Number.NEGATIVE_INFINITY : now() - slow.since),
    slowDown: () => (slow ??= { since: now(), ...untilEnded() }),
    speedUp() {
      slow?.end();
      slow = undefined;
    },
    /** Lists the states of the table between two times, the latest first. */
    states: (from: number, to: number) =>
      past
        .filter(({ since }, index) => since <= to && (past[index + 1]?.since ?? to) >= from)
        .map(({ items }) => items)
        .reverse(),
    hasFailed: (from: number, to: number) => failures.some((at) => at >= from && at <= to),
  };
}

function untilEnded() {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { ended, end };
}

let count = 0;
/** Returns all that a decision results in: the whole response, or the code of a 401 or 500. */
async function decide({ authorizer, lines }: ReturnType<typeof sourceAuthorizer>, { authorization }: Sender) {
  const id = `request-${count++}`;
  const requestContext = { extendedRequestId: id } as never;
  const ruling = await rule(authorizer, event(authorization, { requestContext }));
  const { code } = JSON.parse(lines.find((line) => line.includes(`"${id}"`)) ?? "") as { code?: string };
  return { ...ruling, code };
}

interface Decided {
  readonly sender: Sender;
  readonly decision: Awaited<ReturnType<typeof decide>>;
  /** When the request was sent, and when the decision was there, in ms. */
  readonly from: number;
  readonly to: number;
}

const seen = { allow: 0, deny: 0, unauthorized: 0, error: 0, killed: 0, outdated: 0, mixed: 0, outage: 0 };

/** Reads the catalogue for the token first, as a decision does. */
function coldReader({ forToken, forCaller }: Reads): ItemReader {
  const [first, others] = [inMemoryReader(forToken), inMemoryReader(forCaller)];
  let isFirst = true;
  return {
    ...others,
    catalogue(pk) {
      const reader = isFirst && pk === undefined ? first : others;
      if (pk === undefined) isFirst = false;
      return reader.catalogue(pk);
    },
  };
}

/** Compares a decision with those of cold authorizers of each table that it may have seen. */
async function judge(
  { sender, decision, from, to }: Decided,
  table: ReturnType<typeof createTable>,
  stale: number,
) {
  const hasFailed = table.hasFailed(from - PAUSE_AFTER_FAILURE, to);
  if (hasFailed) seen.outage += 1;
  if (hasFailed && decision.code === "table_unreachable") return;
  seen[decision.kind] += 1;
  const states = table.states(from - TTL - (hasFailed ? stale : 0) + 1, to);
  const kills = states.map((items) => listKills(items, sender));
  if (kills[0]?.some((kill) => kills.every((all) => all.includes(kill)))) {
    seen.killed += 1;
    expect(decision.kind).not.toBe("allow");
  }
  const others: unknown[] = [];
  for (const reads of listReads(states)) {
    const cold = { now: () => to, reader: coldReader(reads), ttlSeconds: 0, getJson: getOnce };
    const other = await decide(sourceAuthorizer(arena, cold), sender);
    if (isDeepStrictEqual(other, decision)) {
      if (others.length > 0) seen.outdated += 1;
      if (others.length >= states.length) seen.mixed += 1;
      return;
    }
    others.push(other);
  }
  expect(others).toContainEqual(decision);
}

/** Plays a history against one warm authorizer, and judges each of its decisions. */
async function play(steps: readonly Step[], staleSeconds: number): Promise<void> {
  const { now, advance } = clock(Date.now());
  const table = createTable(now);
  const warm = sourceAuthorizer(arena, { now, reader: table.reader, staleSeconds, getJson: getOnce });
  const decided: Promise<Decided>[] = [];
  for (const one of steps) {
    if (one === "slow") table.slowDown();
    else if (one === "fast") table.speedUp();
    else if (one === "down" || one === "up") table.setDown(one === "down");
    else if ("send" in one) {
      const [from, sender] = [now(), senders[one.send] as Sender];
      decided.push(decide(warm, sender).then((decision) => ({ sender, decision, from, to: now() })));
    } else if ("wait" in one) {
      // No read takes longer than this.
      if (table.slowFor() + one.wait >= READ_DEADLINE) {
        table.speedUp();
        await Promise.all(decided);
      }
      advance(one.wait);
    } else table.change(one);
    if (table.slowFor() < 0) await Promise.all(decided);
    // What needs no read may end before the next step.
    else for (let turns = 0; turns < 3; turns++) await turn();
  }
  table.speedUp();
  for (const one of await Promise.all(decided)) await judge(one, table, staleSeconds * 1_000);
}

const histories = bounded(draws(400, 40));
test(`a warm decision is that of a cold authorizer of a table within the TTL (${histories.label})`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 20, maxLength: 60, size: "max" }),
      fc.constantFrom(0, STALE / 1_000),
      play,
    ),
    histories.parameters,
  );
  for (const [name, times] of Object.entries(seen)) expect([name, times > 5]).toEqual([name, true]);
});
