import { expect, it } from "vitest";
import { verifyPairs } from "./verify.ts";
import { ANN, BASE_90, type Grants, groupCount, respond, routeWorld, tokenWorld } from "./worlds.ts";

const UNKNOWN = { encodedPaths: "unknown", base: BASE_90, maxGroups: 10 } as const;
const AS_SENT = { ...UNKNOWN, encodedPaths: "as_sent" } as const;

/** Grants a route under bindings, and another route, so that the first is not all that is granted. */
const grantsWith = (key: string, ...bindings: readonly (readonly string[])[]): Grants =>
  new Map([
    [key, bindings.map((names) => Object.fromEntries(names.map((name) => [name, ["subject"] as const])))],
    ["GET /b", [{}]],
  ]);

const findings = (grants: Grants, others: readonly string[] = []) =>
  [UNKNOWN, AS_SENT].flatMap((options) => {
    const keys = [...grants.keys(), ...others];
    const worlds = [tokenWorld(keys, options, grants), routeWorld(keys, options, grants)];
    return worlds.flatMap((world) => verifyPairs(world, grants).findings);
  });

it("one resource for the root's methods does not match other paths with a trailing slash", () => {
  const grants: Grants = new Map([
    ["GET /", [{}]],
    ["POST /", [{}]],
  ]);
  expect(findings(grants, ["GET /a"])).toEqual([]);
});

it("the root and a parameter next to it share a group", () => {
  expect(groupCount(tokenWorld(["GET /", "GET /{a}", "GET /{a}/x"], AS_SENT))).toBe(2);
});

it("a bound {proxy+} after a free parameter matches its value, not paths that end in it", () => {
  expect(findings(grantsWith("GET /a/{x}/{proxy+}", ["proxy"]))).toEqual([]);
  expect(findings(grantsWith("GET /a/{x}/{proxy+}", ["proxy"], ["x"]))).toEqual([]);
});

it.each([
  "GET /users/{userId}",
  "GET /users/{userId}/docs",
  "GET /users/{userId}/docs/{docId}",
  "GET /regions/{region}/users/{userId}",
  "GET /regions/{region}/users/{userId}/docs/{docId}",
])("%s bound to a user allows no request of another user, whichever slashes AWS decodes", (key) => {
  expect(findings(grantsWith(key, ["userId"]))).toEqual([]);
});

it("a slash that AWS decoded in a free parameter does not move a bound one", () => {
  const key = "GET /regions/{region}/users/{userId}/docs/{docId}";
  const grants = grantsWith(key, ["userId"]);
  const world = tokenWorld([...grants.keys()], UNKNOWN, grants);
  const { document } = respond(world, key, ANN, grants);
  expect(document.Statement.find(({ Effect }) => Effect === "Deny")?.Resource).toEqual([
    `${BASE_90}/*//*`,
    `${BASE_90}/GET/regions/?*/?*/users/?*/docs/?*`,
    `${BASE_90}/GET/regions/?*/users/?*/docs/?*/?*`,
  ]);
});

it("with a free {proxy+}, only the first parameter can be bound", () => {
  expect(findings(grantsWith("GET /regions/{region}/users/{userId}/{proxy+}", ["userId"]))).toEqual([]);
  const first = grantsWith("GET /orgs/{orgId}/{proxy+}", ["orgId"]);
  const world = tokenWorld([...first.keys()], UNKNOWN, first);
  const { findings: found, indistinguishable } = verifyPairs(world, first);
  expect(found).toEqual([]);
  expect(indistinguishable).toBeGreaterThan(0);
  const sent = tokenWorld([...first.keys()], AS_SENT, first);
  expect(verifyPairs(sent, first)).toMatchObject({ findings: [], indistinguishable: 0 });
});

it("the proof includes routes of any depth", () => {
  const deep = `GET /${Array.from({ length: 70 }, (_, at) => (at === 4 || at === 69 ? "x" : `s${at}`)).join("/")}`;
  const grants: Grants = new Map([["GET /{a}/x", [{}]]]);
  const world = tokenWorld(["GET /{a}/x", deep, "GET /b"], AS_SENT, grants);
  expect(verifyPairs(world, grants).findings).toEqual([]);
});
