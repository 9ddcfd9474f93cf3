import { webcrypto } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { event } from "../support/fixtures.ts";
import { type Arena, published, rsaPair, startArena } from "./support/arena.ts";
import { readerOf, sourceAuthorizer } from "./support/fronts.ts";
import { rule } from "./support/fuzz.ts";
import { rs256 } from "./support/raw-token.ts";

let arena: Arena;
const spare = rsaPair();
beforeAll(async () => {
  arena = await startArena();
});
afterAll(() => arena.stop());
const verify = vi.spyOn(webcrypto.subtle, "verify");
const parse = vi.spyOn(JSON, "parse");
beforeEach(() => {
  for (const { requests } of Object.values(arena.servers)) requests.length = 0;
});
afterEach(() => {
  arena.servers.main.keys = [published(arena.pairs.main.publicKey, { kid: "k1", alg: "RS256" })];
});

/** An authorizer and what it has done so far: signatures verified, documents fetched, the table read, JSON parsed. */
function counted() {
  const reads = { catalogue: 0, items: 0 };
  const inner = readerOf(arena.items);
  const { authorizer } = sourceAuthorizer(arena, {
    reader: {
      catalogue: () => {
        reads.catalogue += 1;
        return inner.catalogue();
      },
      items: (keys) => {
        reads.items += 1;
        return inner.items(keys);
      },
    },
  });
  verify.mockClear();
  return {
    ask: (token: string) => rule(authorizer, event(`Bearer ${token}`)),
    work: () => ({ verified: verify.mock.calls.length, fetched: arena.fetched().length, ...reads }),
  };
}

const NOTHING = { verified: 0, fetched: 0, catalogue: 0, items: 0 };
const COLD = { verified: 1, fetched: 2, catalogue: 1, items: 1 };

describe("One request costs", () => {
  test("one signature, discovery and keys, one read of the catalogue and one of the tenant; again, one signature", async () => {
    const { ask, work } = counted();
    const token = arena.token();
    expect((await ask(token)).kind).toBe("allow");
    expect(work()).toEqual(COLD);
    await ask(token);
    expect(work()).toEqual({ ...COLD, verified: 2 });
    await ask(arena.token({ jti: "another" }));
    expect(work()).toEqual({ ...COLD, verified: 3, items: 2 });
  });

  test.each([
    ["no token", () => ""],
    ["no JSON", () => "AAAA.AAAA.AAAA"],
    ["a token that is too long", () => `${arena.token()}${"A".repeat(10_000)}`],
    ["alg none", () => arena.token({}, { alg: "none" })],
    ["an unknown issuer", () => arena.token({ iss: "https://evil.example.com" })],
    [
      "a member named twice",
      () => {
        const [, ...rest] = arena.token().split(".");
        return [Buffer.from('{"alg":"RS256","alg":"RS256"}').toString("base64url"), ...rest].join(".");
      },
    ],
  ])("nothing, where it is refused for %s", async (_, forge) => {
    const { ask, work } = counted();
    expect((await ask(forge())).kind).toBe("unauthorized");
    expect(work()).toEqual(NOTHING);
  });

  test("no read of a tenant, where the signature is forged", async () => {
    const { ask, work } = counted();
    expect((await ask(arena.token({}, {}, rs256(arena.pairs.stranger.privateKey)))).kind).toBe(
      "unauthorized",
    );
    expect(work()).toEqual({ ...COLD, items: 0 });
  });

  test("five searches at once for unknown keys, however many ask for one, and no signature", async () => {
    const { ask, work } = counted();
    for (let at = 0; at < 20; at++)
      expect((await ask(arena.token({}, { kid: `k-${at}` }))).kind).toBe("unauthorized");
    // Each search is a discovery document and a key set; the first time the keys are fetched is one of them.
    expect(work()).toEqual({ verified: 0, fetched: 10, catalogue: 1, items: 0 });
  });

  test.each([
    [16, 16],
    [17, 0],
    [60, 0],
  ])("of an issuer with %i keys, for a token that names none: %i signatures", async (keys, verified) => {
    arena.servers.main.keys = Array.from({ length: keys }, (_, at) =>
      published(spare.publicKey, { kid: `k${at}` }),
    );
    const { ask, work } = counted();
    expect((await ask(arena.token({}, { kid: undefined }))).kind).toBe("unauthorized");
    expect(work()).toMatchObject({ verified, items: 0 });
  });

  test.each([
    ["a claim of text", (size: number) => ({ x: "y".repeat(size) })],
    [
      "claims",
      (size: number) => Object.fromEntries(Array.from({ length: size / 8 }, (_, at) => [`c${at}`, at])),
    ],
    ["roles", (size: number) => ({ roles: ["viewer", ...Array<string>(size / 8).fill("none")] })],
    [
      "audiences",
      (size: number) => ({ aud: ["https://api.example.com", ...Array<string>(size / 8).fill("b")] }),
    ],
    [
      "brackets",
      (size: number) => ({ x: JSON.parse("[".repeat(size / 2) + "]".repeat(size / 2)) as unknown }),
    ],
  ])("the same for twice as many %s", async (_, claims) => {
    const costs = [];
    for (const size of [1_600, 3_200]) {
      const { ask, work } = counted();
      const token = arena.token(claims(size));
      for (const { requests } of Object.values(arena.servers)) requests.length = 0;
      parse.mockClear();
      expect((await ask(token)).kind).toBe("allow");
      costs.push({ ...work(), parsed: parse.mock.calls.length });
    }
    expect(costs[0]).toEqual({ ...COLD, parsed: costs[1]?.parsed });
    expect(costs[1]).toEqual(costs[0]);
  });
});
