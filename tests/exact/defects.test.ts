import { expect, it } from "vitest";
import { verifyPairs } from "./verify.ts";
import { ANN, BASE_90, type Grants, groupCount, respond, routeWorld, tokenWorld } from "./worlds.ts";

const UNKNOWN = { encodedPaths: "unknown", base: BASE_90, maxGroups: 10 } as const;
const AS_SENT = { ...UNKNOWN, encodedPaths: "as_sent" } as const;

/** A route under a binding, beside another that keeps it from being all that there is. */
const beside = (key: string, ...bindings: readonly (readonly string[])[]): Grants =>
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

it("one resource for the root's methods does not reach other paths by a slash at their end", () => {
  const grants: Grants = new Map([
    ["GET /", [{}]],
    ["POST /", [{}]],
  ]);
  expect(findings(grants, ["GET /a"])).toEqual([]);
});

it("the root and a parameter beside it share a group", () => {
  expect(groupCount(tokenWorld(["GET /", "GET /{a}", "GET /{a}/x"], AS_SENT))).toBe(2);
});

it("a bound {proxy+} behind a free parameter is the value and not what ends in it", () => {
  expect(findings(beside("GET /a/{x}/{proxy+}", ["proxy"]))).toEqual([]);
  expect(findings(beside("GET /a/{x}/{proxy+}", ["proxy"], ["x"]))).toEqual([]);
});

it.each([
  "GET /users/{userId}",
  "GET /users/{userId}/docs",
  "GET /users/{userId}/docs/{docId}",
  "GET /regions/{region}/users/{userId}",
  "GET /regions/{region}/users/{userId}/docs/{docId}",
])("%s bound to a user lets none of another's through, whatever slashes AWS decodes", (key) => {
  expect(findings(beside(key, ["userId"]))).toEqual([]);
});

it("a slash that AWS decoded in a free parameter does not move a bound one", () => {
  const key = "GET /regions/{region}/users/{userId}/docs/{docId}";
  const grants = beside(key, ["userId"]);
  const world = tokenWorld([...grants.keys()], UNKNOWN, grants);
  const { document } = respond(world, key, ANN, grants);
  expect(document.Statement.find(({ Effect }) => Effect === "Deny")?.Resource).toEqual([
    `${BASE_90}/*//*`,
    `${BASE_90}/GET/regions/?*/?*/users/?*/docs/?*`,
    `${BASE_90}/GET/regions/?*/users/?*/docs/?*/?*`,
  ]);
});

it("beside a free {proxy+} only the first parameter can be bound", () => {
  expect(findings(beside("GET /regions/{region}/users/{userId}/{proxy+}", ["userId"]))).toEqual([]);
  const first = beside("GET /orgs/{orgId}/{proxy+}", ["orgId"]);
  const world = tokenWorld([...first.keys()], UNKNOWN, first);
  const { findings: found, indistinguishable } = verifyPairs(world, first);
  expect(found).toEqual([]);
  expect(indistinguishable).toBeGreaterThan(0);
  const sent = tokenWorld([...first.keys()], AS_SENT, first);
  expect(verifyPairs(sent, first)).toMatchObject({ findings: [], indistinguishable: 0 });
});

it("a route of any depth has its say in the proof", () => {
  const deep = `GET /${Array.from({ length: 70 }, (_, at) => (at === 4 || at === 69 ? "x" : `s${at}`)).join("/")}`;
  const grants: Grants = new Map([["GET /{a}/x", [{}]]]);
  const world = tokenWorld(["GET /{a}/x", deep, "GET /b"], AS_SENT, grants);
  expect(verifyPairs(world, grants).findings).toEqual([]);
});
