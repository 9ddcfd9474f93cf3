import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyMethodParts, overlaps, patternParts } from "../../core/exact/overlap.ts";
import { findViolations } from "../../core/exact/proof.ts";
import type { NaiveDocument } from "../oracle/naive-matcher.ts";
import { draws } from "../support/draws.ts";
import { DOCUMENT_MUTATIONS, loseRoute, mergeAllMethods, mergeTwoGroups } from "./mutations.ts";
import { randomCase } from "./random-apis.ts";
import { verifyPairs } from "./verify.ts";
import {
  BASE_90,
  type Grants,
  routeOf,
  sizesFor,
  tokenWorld,
  tryTokenWorld,
  type Who,
  type World,
} from "./worlds.ts";

const OPTIONS = { encodedPaths: "unknown", base: BASE_90, maxGroups: 200 } as const;
const READING = { decodedSlashes: true };
const WHO: Who = { tenant: "acme", subject: "ann:1@x", claims: { dept: "d:7" } };

/** An API in which every mistake has an effect, and a caller who has about half of it. */
const GRANTS: Grants = new Map([
  ["GET /a", [{}]],
  ["PUT /a", [{}]],
  ["GET /c/{x}", [{}]],
  ["GET /d/{x}/e", [{}]],
  ["GET /f/{proxy+}", [{}]],
  ["GET /users/{userId}", [{ userId: ["subject"] }]],
  ["GET /users/{userId}/docs/{docId}", [{ userId: ["subject"] }]],
]);
const OTHERS = [
  "POST /a",
  "GET /b/a",
  "GET /c",
  "POST /c/{x}",
  "GET /d/{x}",
  "GET /f",
  "GET /users",
  "GET /c/me",
  "GET /d/{x}/f",
];
const KEYS = [...GRANTS.keys(), ...OTHERS];

const world = tokenWorld(KEYS, OPTIONS, GRANTS);
const findingsFor = (changed: World, change?: (document: NaiveDocument) => NaiveDocument) =>
  verifyPairs(changed, GRANTS, WHO, change).findings;
const violationsFor = (changed: World) =>
  findViolations(changed.layout, KEYS.map(routeOf), sizesFor(changed, GRANTS), READING);

/** Returns whether random APIs and grants find the mistake too. */
function propertyFinds(mutate: (right: World, grants: Grants) => boolean, numRuns = 150): boolean {
  const property = fc.property(randomCase(6), ({ keys, grants, held }) => {
    const right = tryTokenWorld(keys, OPTIONS, grants);
    return right === undefined || !mutate(right, held);
  });
  return fc.check(property, { seed: 8, numRuns, endOnFailure: true }).failed;
}

it("nothing is found without a mistake", () => {
  expect(findingsFor(world)).toEqual([]);
  expect(violationsFor(world)).toEqual([]);
  const finds = (right: World, held: Grants) => verifyPairs(right, held, WHO).findings.length > 0;
  expect(propertyFinds(finds, draws(150, 15))).toBe(false);
});

describe.each(Object.entries(DOCUMENT_MUTATIONS))("a compiler with %s", (_, change) => {
  it("is caught by brute force", () => {
    expect(findingsFor(world, change)).not.toEqual([]);
  });

  it("is caught by random APIs", () => {
    expect(propertyFinds((right, held) => verifyPairs(right, held, WHO, change).findings.length > 0)).toBe(
      true,
    );
  });
});

describe("a grouping that", () => {
  it("merges two groups is caught by the proof, by brute force and by random APIs", () => {
    const merged = mergeTwoGroups(world);
    expect(violationsFor(merged).join("; ")).toContain("matches requests of");
    expect(findingsFor(merged).some(({ kind }) => kind === "over-grant")).toBe(true);
    expect(
      propertyFinds(
        (right, held) =>
          right.layout.groups.length > 1 && verifyPairs(mergeTwoGroups(right), held, WHO).findings.length > 0,
      ),
    ).toBe(true);
  });

  it("merges the methods of a path that overlaps another is caught by all three", () => {
    const merged = mergeAllMethods(world);
    expect(violationsFor(merged).join("; ")).toContain("matches requests of");
    const grants: Grants = new Map([...GRANTS, ["POST /a", [{}]]]);
    expect(verifyPairs(merged, grants, WHO).findings.some(({ kind }) => kind === "over-grant")).toBe(true);
    expect(
      propertyFinds((right, held) => verifyPairs(mergeAllMethods(right), held, WHO).findings.length > 0),
    ).toBe(true);
  });

  it("loses a route is caught by the proof and by brute force", () => {
    const lost = loseRoute(world);
    expect(violationsFor(lost).join("; ")).toContain("is not in exactly one group");
    const all: Grants = new Map(KEYS.map((key) => [key, GRANTS.get(key) ?? [{}]]));
    expect(verifyPairs(lost, all, WHO).findings.some(({ kind }) => kind === "over-denial")).toBe(true);
  });

  it("ignores the length is caught by the proof", () => {
    const keys = Array.from({ length: 90 }, (_, at) => `GET /things/${at}`);
    const right = tokenWorld(keys, OPTIONS);
    const merged = mergeTwoGroups(right);
    expect(findViolations(merged.layout, keys.map(routeOf), sizesFor(merged), READING).join("; ")).toContain(
      "its longest policy takes",
    );
  });
});

describe("the symbolic proof detects", () => {
  const document = routeOf("GET /documents/{documentId}");
  const comments = routeOf("GET /documents/{documentId}/comments");

  it("a pattern that would match the rest of the path", () => {
    expect(overlaps(patternParts(document), comments, READING)).toBe(true);
    expect(
      overlaps(patternParts(comments), routeOf("GET /documents/search"), { decodedSlashes: false }),
    ).toBe(false);
  });

  it("a star in place of a literal, and in place of the method", () => {
    const widened = patternParts(comments).with(-1, { kind: "some" });
    const sibling = routeOf("GET /documents/{documentId}/history");
    expect(overlaps(patternParts(comments), sibling, { decodedSlashes: false })).toBe(false);
    expect(overlaps(widened, sibling, { decodedSlashes: false })).toBe(true);
    expect(overlaps(anyMethodParts(routeOf("GET /a").segments), routeOf("GET /b/a"), READING)).toBe(true);
  });
});
