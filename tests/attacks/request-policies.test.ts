import { describe, expect, it } from "vitest";
import { respondTo } from "../../core/decision/authorize.ts";
import { supposedCaller } from "../../core/decision/caller.ts";
import type { Group } from "../../core/model/layout.ts";
import { matchPath, parameterNames } from "../../core/model/route.ts";
import { createSimulator } from "../../core/policy-files/simulate/simulator.ts";
import { naivelyAllows } from "../oracle/naive-matcher.ts";
import { BASE_ARN } from "../support/api.ts";
import { buildOf } from "../support/compiled.ts";
import { TRICKS } from "./support/request-tricks.ts";
import { decodeLeniently, readerMay, WORLD } from "./support/request-world.ts";

const build = buildOf(WORLD, "token");
const simulator = createSimulator(WORLD, build.compiled, BASE_ARN);

/** Returns the authorizer's response, which API Gateway caches for every request to the group. */
function cachedResponse(group: Group, subject: string) {
  const [route] = group.routes;
  if (route === undefined) throw new Error(`Group ${group.name} has no route`);
  const arn = { base: BASE_ARN, method: route.method, path: route.path };
  const caller = supposedCaller({ tenant: "acme", roles: ["reader"], subject });
  const stored = {
    catalogue: simulator.catalogue,
    tenant: simulator.tenants.get("acme"),
    membershipState: null,
  };
  return respondTo({ route, group, arn }, caller, stored, simulator.layout).response;
}

/** Returns all readings of a path: decoded or not, with or without `//`, with or without a slash at the end. */
function listReadings(path: string): string[] {
  const spelled = [path, decodeLeniently(path), decodeLeniently(decodeLeniently(path))];
  const collapsed = spelled.flatMap((one) => [one, one.replace(/\/{2,}/g, "/"), one.replace(/^\/+/, "/")]);
  const trimmed = collapsed.flatMap((one) => [one, one.replace(/(?<=.)\/$/, "")]);
  return [...new Set(trimmed)];
}

const parseLine = (line: string): { method: string; path: string } => {
  const [, method = "", target = ""] = /^(\S+) (.*)$/s.exec(line) ?? [];
  return { method, path: target.replace(/^https?:\/\/[^/]*/, "").split(/[?#]/, 1)[0] || "/" };
};

const { groups } = simulator.layout;
const readers = groups.map((group) => ({ group, document: cachedResponse(group, "ann").policyDocument }));

describe("a cached policy of caching mode token", () => {
  it("is one of several, so that neighbouring routes are in different groups", () => {
    expect(groups.length).toBeGreaterThan(1);
    for (const line of ["GET /documents/42", "PATCH /users/ann", "PUT /files/a/b"]) {
      const { method, path } = parseLine(line);
      expect(readers.some(({ document }) => naivelyAllows(document, `${BASE_ARN}/${method}${path}`))).toBe(
        true,
      );
    }
  });

  it.each(TRICKS.map(([line]) => line))(
    "allows for %j no route of its group that the plain decision denies, in any reading of the path",
    (line) => {
      const { method, path } = parseLine(line);
      const readings = listReadings(path);
      const overGranted = readers.flatMap(({ group, document }) => {
        const allowed = readings.filter((one) => naivelyAllows(document, `${BASE_ARN}/${method}${one}`));
        if (allowed.length === 0) return [];
        return group.routes.flatMap((route) =>
          readings
            .filter((reading) => route.method === method && matchPath(route.segments, reading) !== undefined)
            .filter((reading) => !readerMay(route, reading))
            .map((reading) => ({ allowed, route: route.key, reading })),
        );
      });
      expect(overGranted).toEqual([]);
    },
  );
});

describe("a claim's value that could change the meaning of a pattern", () => {
  const VALUES = [
    "*",
    "?",
    "?nn",
    "a*",
    "**",
    "${aws:username}",
    "${",
    "$",
    "a/b",
    "/",
    "../bob",
    "..",
    ".",
    "%2A",
    "%",
    "bob/../ann",
    "a\\b",
    "a b",
    "a\nb",
    "a\0b",
    '"',
    "a;b",
    "a#b",
    "a&b",
    "ünn",
    "x".repeat(129),
  ];

  it.each(VALUES)("is in no resource, and allows no path: %j", (subject) => {
    for (const group of groups) {
      const { policyDocument } = cachedResponse(group, subject);
      for (const { Effect, Resource } of policyDocument.Statement)
        for (const resource of [Resource].flat()) {
          const pattern = resource.slice(BASE_ARN.length);
          expect(pattern).not.toMatch(/[$%#&;"\\\s]|\.\.|[^ -~]/);
          if (Effect === "Allow") expect(pattern).not.toMatch(/^\/PATCH\/users/);
        }
      for (const path of ["bob", subject, encodeURIComponent(subject), "a", "ann", "a/b"])
        expect(naivelyAllows(policyDocument, `${BASE_ARN}/PATCH/users/${path}`)).toBe(false);
    }
  });

  it("and one that could not is allowed exactly in its own path", () => {
    const bound = groups.filter(({ routes }) =>
      routes.some(({ segments }) => parameterNames(segments)[0] === "userId"),
    );
    expect(bound).toHaveLength(1);
    for (const group of bound) {
      const { policyDocument } = cachedResponse(group, "a:b");
      const allows = (path: string) => naivelyAllows(policyDocument, `${BASE_ARN}/PATCH/users/${path}`);
      expect(["a:b", "a%3Ab", "a%3ab"].map(allows)).toEqual([true, true, true]);
      expect(["a", "b", "a:b:c", "A:b", "a:b/c", "x:PATCH/users/a:b"].map(allows)).toEqual(
        Array(6).fill(false),
      );
    }
  });
});

describe("a response for one API", () => {
  const parts = ["aws", "eu-central-1", "123456789012", "abcdef1234", "prod"] as const;
  const buildArn = ([partition, region, account, api, stage]: readonly string[]) =>
    `arn:${partition}:execute-api:${region}:${account}:${api}/${stage}/GET/documents`;
  it.each([
    ["partition", ["aws-cn", parts[1], parts[2], parts[3], parts[4]]],
    ["region", [parts[0], "eu-central-2", parts[2], parts[3], parts[4]]],
    ["account", [parts[0], parts[1], "123456789013", parts[3], parts[4]]],
    ["API id", [parts[0], parts[1], parts[2], "abcdef12345", parts[4]]],
    ["stage", [parts[0], parts[1], parts[2], parts[3], "prod2"]],
    ["stage, a level deeper", [parts[0], parts[1], parts[2], parts[3], "x/prod"]],
  ])("allows nothing of an API with another %s", (_, others) => {
    const allows = (arn: string) => readers.some(({ document }) => naivelyAllows(document, arn));
    expect(allows(buildArn(parts))).toBe(true);
    expect(allows(buildArn(others))).toBe(false);
  });
});
