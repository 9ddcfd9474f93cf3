import { describe, expect, it } from "vitest";
import { findCrossings } from "../../core/exact/crossings.ts";
import { overlaps, patternParts } from "../../core/exact/overlap.ts";
import { route } from "../support/api.ts";
import { GITHUB_KEYS } from "./real-apis.ts";
import { BASE_90, tokenWorld } from "./worlds.ts";

const AS_SENT = { decodedSlashes: false };
const makeGroups = (...groups: readonly (readonly string[])[]) =>
  groups.map((keys, index) => ({ name: `g${index + 1}`, routes: keys.map((key) => route(key)) }));
const printCrossings = (groups: ReturnType<typeof makeGroups>, reading = AS_SENT) =>
  findCrossings(groups, reading).map(
    ({ pattern, request, groups: [from, to] }) => `${from} ${pattern.key} > ${to} ${request.key}`,
  );

describe("a crossing", () => {
  it("is a pattern that matches another group's requests", () => {
    expect(printCrossings(makeGroups(["GET /users/{userId}"], ["GET /users/me", "GET /files"]))).toEqual([
      "g1 GET /users/{userId} > g2 GET /users/me",
      "g2 GET /users/me > g1 GET /users/{userId}",
    ]);
  });

  it("is not reported within a group, nor for other methods", () => {
    expect(printCrossings(makeGroups(["GET /users/{userId}", "GET /users/me"], ["PUT /users/me"]))).toEqual(
      [],
    );
  });

  it("is found across slashes, and after a parameter in the first segment", () => {
    expect(printCrossings(makeGroups(["GET /{proxy+}"], ["GET /a/{b}/c"]))).toContain(
      "g1 GET /{proxy+} > g2 GET /a/{b}/c",
    );
  });

  it("is found for exactly the pairs of a real API that overlap", () => {
    const options = { encodedPaths: "unknown", base: BASE_90, maxGroups: 50 } as const;
    const { groups } = tokenWorld(GITHUB_KEYS.slice(0, 150), options).layout;
    const reading = { decodedSlashes: true };
    const all = groups.flatMap((a) =>
      groups.flatMap((b) =>
        a === b
          ? []
          : a.routes.flatMap((one) =>
              b.routes
                .filter((other) => one.method === other.method && overlaps(patternParts(one), other, reading))
                .map((other) => `${a.name} ${one.key} > ${b.name} ${other.key}`),
            ),
      ),
    );
    const found = findCrossings(groups, reading).map(
      ({ pattern, request, groups: [from, to] }) => `${from} ${pattern.key} > ${to} ${request.key}`,
    );
    expect(found.length).toBeGreaterThan(10);
    expect(found.sort()).toEqual(all.sort());
  });
});
