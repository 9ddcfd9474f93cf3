import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FRAME_RESERVE, routeSize, type Sizes } from "../../core/exact/budget.ts";
import { findViolations } from "../../core/exact/proof.ts";
import type { Binding, BindingSource } from "../../core/model/grant.ts";
import { makeRoute, type Route } from "../../core/model/route.ts";
import { apiKeys, randomCase } from "./random-apis.ts";
import { groupNames, resourceBytes } from "./responses.ts";
import {
  BASE_90,
  type Grants,
  grantAll,
  Responses,
  respond,
  routeOf,
  sizesFor,
  tokenWorld,
  tryRouteWorld,
  tryTokenWorld,
  type Who,
} from "./worlds.ts";

const OPTIONS = { encodedPaths: "as_sent", base: BASE_90, maxGroups: 200 } as const;

/** A claim that fills the context up to its limit. */
const FILLER = "f".repeat(560);

/**
 * Returns a caller whose subject and claim are reserved characters, which take three bytes each when encoded.
 */
const worst = (length: number): Who => ({
  tenant: "t".repeat(64),
  subject: "@".repeat(length),
  claims: { dept: "=".repeat(length), filler: FILLER },
});

describe("a binding to a claim that may be a list", () => {
  const [users, posts] = [
    makeRoute("GET", "/users/{userId}"),
    makeRoute("GET", "/users/{userId}/posts/{postId}"),
  ];
  const bound = (route: Route, binding: Binding, valuesOf?: Sizes["valuesOf"]): number =>
    routeSize(route, {
      base: 90,
      slashes: false,
      shortTenantIds: false,
      bindingsOf: () => [binding],
      ...(valuesOf && { valuesOf }),
    }).bound;
  const five = (source: BindingSource): number => (source === "subject" ? 1 : 5);

  it("is counted as one long value or as its short values, whichever takes more bytes", () => {
    const one = bound(users, { userId: ["claim.teams"] });
    expect(bound(users, { userId: ["claim.teams"] }, five)).toBe(one);
    const short = 90 + 1 + "GET/users/".length + 64 + 3;
    expect(bound(users, { userId: ["claim.teams"] }, () => 20)).toBe(20 * short);
    expect(bound(users, { userId: ["claim.teams", "subject"] }, five)).toBe(one);
    const two = { userId: ["claim.teams"], postId: ["claim.teams"] } as const;
    expect(bound(posts, two, five)).toBe(bound(posts, two));
  });
});

describe("policies for any caller", () => {
  it("are never longer than what the proof counted, nor than 8,192 bytes", () => {
    let longest = 0;
    fc.assert(
      fc.property(randomCase(25), fc.integer({ min: 1, max: 128 }), ({ keys, grants, held }, length) => {
        for (const world of [tryTokenWorld(keys, OPTIONS, grants), tryRouteWorld(keys, OPTIONS, grants)]) {
          if (world === undefined) continue;
          for (const who of [worst(length), worst(128)])
            for (const own of [held, grants]) {
              const responses = new Responses(world, own, who);
              for (const [index, group] of world.layout.groups.entries()) {
                const [key] = world.layout.mode === "token" ? [group.routes[0]?.key ?? ""] : world.keys;
                const response = responses.for(key ?? "");
                if (response === undefined) throw new Error("There is no response");
                expect(response.bytes).toBeLessThanOrEqual(8_192);
                longest = Math.max(longest, response.bytes);
                expect(resourceBytes(response.document)).toBeLessThanOrEqual(
                  (world.proven.groups[index]?.longest ?? 0) +
                    (world.layout.mode === "token" ? 0 : BASE_90.length + 8),
                );
              }
            }
        }
      }),
      { seed: 4, numRuns: 60 },
    );
    expect(longest).toBeGreaterThan(5_000);
  });

  it("are counted correctly if only shorter values fit into a resource", () => {
    const keys = Array.from({ length: 12 }, (_, at) => `GET /users/{userId}/${"segment-".repeat(20)}${at}`);
    const grants: Grants = new Map(keys.map((key) => [key, [{ userId: ["subject"] }]]));
    const world = tokenWorld(keys, OPTIONS, grants);
    for (let length = 1; length <= 128; length++)
      for (const [index, group] of world.layout.groups.entries()) {
        const { document, bytes } = respond(world, group.routes[0]?.key ?? "", worst(length), grants);
        expect(resourceBytes(document)).toBeLessThanOrEqual(world.proven.groups[index]?.longest ?? 0);
        expect(bytes).toBeLessThanOrEqual(8_192);
      }
  });

  it("leave enough bytes for the longest principal and the largest context", () => {
    const world = tokenWorld(["GET /a", "GET /b"], OPTIONS);
    let fullest = 0;
    for (let filler = 0; filler < 800; filler++) {
      const who = { tenant: "acme", subject: "s".repeat(256), claims: { filler: "f".repeat(filler) } };
      const { bytes, document } = respond(world, "GET /a", who, grantAll(["GET /a"]));
      if (document.Statement.some(({ Effect }) => Effect === "Allow"))
        fullest = Math.max(fullest, bytes - resourceBytes(document));
    }
    expect(fullest).toBeGreaterThan(1_400);
    expect(fullest).toBeLessThanOrEqual(FRAME_RESERVE);
  });
});

describe("layouts", () => {
  it("have no violation in the symbolic proof, and are deterministic", () => {
    fc.assert(
      fc.property(randomCase(20), fc.constantFrom("as_sent", "unknown"), ({ keys, grants }, encodedPaths) => {
        const options = { ...OPTIONS, encodedPaths };
        const world = tryTokenWorld(keys, options, grants);
        if (world === undefined) return;
        const reading = { decodedSlashes: encodedPaths === "unknown" };
        expect(findViolations(world.layout, keys.map(routeOf), sizesFor(world, grants), reading)).toEqual([]);
        expect(tokenWorld(keys, options, grants).proven).toEqual(world.proven);
      }),
      { seed: 5, numRuns: 80 },
    );
  });

  it("do not depend on the order of the file", () => {
    const shuffled = apiKeys(25).chain((keys) =>
      fc.tuple(fc.constant(keys), fc.shuffledSubarray(keys, { minLength: keys.length })),
    );
    fc.assert(
      fc.property(shuffled, ([keys, others]) => {
        const groupsOf = (list: readonly string[]) => groupNames(tokenWorld(list, OPTIONS));
        expect(groupsOf(others)).toEqual(groupsOf(keys));
      }),
      { seed: 6, numRuns: 60 },
    );
  });
});
