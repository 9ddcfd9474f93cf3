import { webcrypto } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ISSUERS_KEY } from "../../core/model/issuer-switch.ts";
import { event } from "../support/fixtures.ts";
import { type Arena, published, rsaPair, startArena } from "./support/arena.ts";
import { rule } from "./support/fuzz.ts";
import { rs256 } from "./support/raw-token.ts";
import { inMemoryReader, sourceAuthorizer } from "./support/targets.ts";

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

/** Creates an authorizer that counts verified signatures, fetched documents and reads of the table. */
function createCounted() {
  const reads = { catalogue: 0, switches: 0, items: 0 };
  const reader = inMemoryReader(arena.items);
  const { authorizer } = sourceAuthorizer(arena, {
    reader: {
      catalogue: (pk) => {
        reads[pk === ISSUERS_KEY ? "switches" : "catalogue"] += 1;
        return reader.catalogue();
      },
      items: (keys) => {
        reads.items += 1;
        return reader.items(keys);
      },
    },
  });
  verify.mockClear();
  return {
    send: (token: string) => rule(authorizer, event(`Bearer ${token}`)),
    work: () => ({ verified: verify.mock.calls.length, fetched: arena.fetched().length, ...reads }),
  };
}

const NOTHING = { verified: 0, fetched: 0, catalogue: 0, switches: 0, items: 0 };
const COLD = { verified: 1, fetched: 2, catalogue: 1, switches: 1, items: 1 };

describe("The cost of one request is", () => {
  test("one signature, two fetches and three reads of the table, and one signature when it is repeated", async () => {
    const { send, work } = createCounted();
    const token = arena.token();
    expect((await send(token)).kind).toBe("allow");
    expect(work()).toEqual(COLD);
    await send(token);
    expect(work()).toEqual({ ...COLD, verified: 2 });
    await send(arena.token({ jti: "another" }));
    expect(work()).toEqual({ ...COLD, verified: 3, items: 2 });
  });

  test.each([
    ["an empty token", () => ""],
    ["a token that is not JSON", () => "AAAA.AAAA.AAAA"],
    ["a token that is too long", () => `${arena.token()}${"A".repeat(10_000)}`],
    ["alg none", () => arena.token({}, { alg: "none" })],
    ["an unknown issuer", () => arena.token({ iss: "https://evil.example.com" })],
    [
      "a duplicate member",
      () => {
        const [, ...rest] = arena.token().split(".");
        return [Buffer.from('{"alg":"RS256","alg":"RS256"}').toString("base64url"), ...rest].join(".");
      },
    ],
  ])("nothing if it is rejected for %s", async (_, forge) => {
    const { send, work } = createCounted();
    expect((await send(forge())).kind).toBe("unauthorized");
    expect(work()).toEqual(NOTHING);
  });

  test("no read of the tenant if the signature is forged", async () => {
    const { send, work } = createCounted();
    expect((await send(arena.token({}, {}, rs256(arena.pairs.stranger.privateKey)))).kind).toBe(
      "unauthorized",
    );
    expect(work()).toEqual({ ...COLD, items: 0 });
  });

  test("five searches at most for any number of unknown keys, and no signature", async () => {
    const { send, work } = createCounted();
    for (let at = 0; at < 20; at++)
      expect((await send(arena.token({}, { kid: `k-${at}` }))).kind).toBe("unauthorized");
    // Each search fetches a discovery document and a key set; the first fetch of the keys is one of them.
    expect(work()).toEqual({ verified: 0, fetched: 10, catalogue: 1, switches: 1, items: 0 });
  });

  test.each([
    [16, 16],
    [17, 0],
    [60, 0],
  ])("for an issuer with %i keys and a token without a kid: %i signatures", async (keys, verified) => {
    arena.servers.main.keys = Array.from({ length: keys }, (_, at) =>
      published(spare.publicKey, { kid: `k${at}` }),
    );
    const { send, work } = createCounted();
    expect((await send(arena.token({}, { kid: undefined }))).kind).toBe("unauthorized");
    expect(work()).toMatchObject({ verified, items: 0 });
  });

  test.each([
    ["characters of a claim", (size: number) => ({ x: "y".repeat(size) })],
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
      const { send, work } = createCounted();
      const token = arena.token(claims(size));
      for (const { requests } of Object.values(arena.servers)) requests.length = 0;
      parse.mockClear();
      expect((await send(token)).kind).toBe("allow");
      costs.push({ ...work(), parsed: parse.mock.calls.length });
    }
    expect(costs[0]).toEqual({ ...COLD, parsed: costs[1]?.parsed });
    expect(costs[1]).toEqual(costs[0]);
  });
});
