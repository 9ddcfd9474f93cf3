import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { RESOURCE_BUDGET } from "../../core/exact/budget.ts";
import { findClique, findConflicts } from "../../core/exact/conflicts.ts";
import { groupRoutes } from "../../core/exact/grouping.ts";
import { tokenLayout } from "../../core/policy-files/compile/build-layout.ts";
import { CachingError, compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { guardedRoutes } from "../../core/policy-files/model/operation.ts";
import { prepare } from "../oracle/naive-matcher.ts";
import { pick, randomFrom, shuffle } from "../oracle/naive-requests.ts";
import { isParameter, type NaiveRoute, naiveRoute } from "../oracle/naive-routes.ts";
import { draws } from "../support/draws.ts";
import { BASE, policiesOf } from "../support/policy-files.ts";
import { everyArn } from "./others.ts";
import { GITHUB_KEYS, GITHUB_PATHS, githubKeys, githubShaped, PETSTORES } from "./real-apis.ts";
import { groupNames } from "./responses.ts";
import {
  BASE_58,
  BASE_59,
  BASE_90,
  BASE_100,
  groupCount,
  isUngroupable,
  layoutOptions,
  routeOf,
  tokenWorld,
  type World,
} from "./worlds.ts";

/** The figures that docs/exact-policies.md quotes. They are printed at the end. */
const table: string[] = ["| routes | ARN up to the stage | groups |", "|---|---|---|"];
afterAll(() => {
  process.stdout.write(`\n${table.join("\n")}\n\n`);
});

function count(title: string, world: World): number {
  table.push(`| ${title} | ${world.options.base.length} | ${groupCount(world)} |`);
  return groupCount(world);
}

const AS_SENT = { encodedPaths: "as_sent", maxGroups: 10 } as const;
const UNKNOWN = { encodedPaths: "unknown", base: BASE_90, maxGroups: 10 } as const;

/**
 * Finds a request of `other` that the pattern of `one` matches. Its parameters have the literals of the pattern
 * as values, and also runs of its segments if encoded slashes may be decoded.
 */
function witness(one: NaiveRoute, other: NaiveRoute, decodedSlashes: boolean): string | undefined {
  const matches = prepare(everyArn("", [one.key]));
  const filled = one.segments.map((segment) => (isParameter(segment) ? "v" : segment));
  const runs = filled.flatMap((_, from) =>
    filled.slice(from).map((__, length) => filled.slice(from, from + length + 1).join("/")),
  );
  const values = new Set(["v", ...(decodedSlashes ? runs : filled)]);
  let requests = [`/${other.method}`];
  for (const segment of other.segments)
    requests = requests.flatMap((start) =>
      (isParameter(segment) ? [...values] : [segment]).map((value) => `${start}/${value}`),
    );
  return requests.find(matches);
}

/**
 * Returns a number of groups that is certainly needed: routes of which no two can share a group, each pair with
 * a witness.
 */
function provenClique(keys: readonly string[], decodedSlashes: boolean): number {
  const clique = findClique(findConflicts(keys.map(routeOf), { decodedSlashes })).map(({ key }) =>
    naiveRoute(key),
  );
  for (const [at, one] of clique.entries())
    for (const other of clique.slice(0, at))
      expect([
        one.key,
        other.key,
        witness(one, other, decodedSlashes) ?? witness(other, one, decodedSlashes),
      ]).not.toContain(undefined);
  return clique.length;
}

describe("small APIs with encoded slashes unknown", () => {
  const sample = policiesOf({ ...BASE, "api.yaml": readFileSync("policies/api.yaml", "utf8") });
  const sampleKeys = guardedRoutes(sample.api).map(({ key }) => key as string);

  it.each([["sample", sampleKeys] as const, ...PETSTORES])(
    "%s is possible in mode token, with the fewest groups",
    (name, keys) => {
      expect(count(`${name}, encoded slashes unknown`, tokenWorld(keys, UNKNOWN))).toBe(
        provenClique(keys, true),
      );
    },
  );
});

describe("GitHub's API, as sent", () => {
  const sorted = [...GITHUB_PATHS].sort();
  const random = randomFrom(300);
  const parts: [string, readonly string[]][] = [
    ...[0, 1, 2].map((at): [string, string[]] => [
      `paths ${at * 300} on`,
      GITHUB_PATHS.slice(at * 300, at * 300 + 300),
    ]),
    ...[0, 1, 2].map((at): [string, string[]] => [
      `sorted ${at * 300} on`,
      sorted.slice(at * 300, at * 300 + 300),
    ]),
    ...[1, 2, 3, 4].map((at): [string, string[]] => [
      `draw ${at}`,
      shuffle(random, GITHUB_PATHS).slice(0, 300),
    ]),
  ];

  const drawn = parts.filter((_, at) => at % draws(1, 4) === 0);
  it.each(drawn)("300 resources: %s", (name, paths) => {
    const keys = githubKeys(paths);
    const groups = (base: string) => count(`GitHub, ${name}`, tokenWorld(keys, { ...AS_SENT, base }));
    for (const base of name.startsWith("draw") ? [BASE_59] : [BASE_58, BASE_59])
      expect(groups(base)).toBeLessThanOrEqual(6);
    expect(groups(BASE_100)).toBeLessThanOrEqual(8);
  });

  it.each([BASE_59, BASE_100])("all 1,222 operations with 24 groups at %s", (base) => {
    const world = tokenWorld(GITHUB_KEYS, { ...AS_SENT, base, maxGroups: 24 });
    expect(count("GitHub, all 1,222 operations", world)).toBeLessThanOrEqual(24);
  });

  it("random APIs of its shape need at most one group more than the lower bound", () => {
    const excess = Array.from({ length: draws(8, 2) }, (_, seed) => {
      const keys = githubShaped(randomFrom(seed), 300);
      const world = tokenWorld(keys, { ...AS_SENT, base: BASE_59, maxGroups: 24 });
      const bytes = world.proven.groups.reduce((sum, { longest }) => sum + longest, 0);
      return groupCount(world) - Math.max(provenClique(keys, false), Math.ceil(bytes / RESOURCE_BUDGET));
    });
    expect(Math.max(...excess)).toBeLessThanOrEqual(1);
  });
});

describe("the time of grouping", () => {
  const routes = GITHUB_KEYS.map(routeOf);
  const seconds = (maxGroups: number, own = routes, base = 90): number => {
    const sizes = { base, slashes: false, shortTenantIds: true, bindingsOf: () => [] };
    const times = [1, 2, 3].map(() => {
      const before = process.cpuUsage();
      groupRoutes(own, { sizes, reading: { decodedSlashes: false }, maxGroups });
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1e6;
    });
    return Math.min(...times);
  };

  it("of GitHub's 1,222 operations depends little on the permitted number of groups", () => {
    const few = seconds(14, routes, 59);
    for (const maxGroups of [16, 19, 24, 100]) expect(seconds(maxGroups)).toBeLessThan(12 * few);
  });

  it("is short for an API whose policies need more groups than permitted, and grows with its routes", () => {
    const large = (count: number) =>
      Array.from({ length: count }, (_, at) => routeOf(`GET /area${at}/things/{thingId}`));
    const [small, ten] = [large(1_000), large(10_000)];
    expect(seconds(10, ten)).toBeLessThan(40 * seconds(10, small));
  });
});

describe("a chain of parameters", () => {
  const names = [..."abcdefghijkl"];
  const paths = names.map(
    (_, at) =>
      `/${names
        .slice(0, at + 1)
        .map((name) => `{${name}}`)
        .join("/")}`,
  );
  const api = `openapi: 3.0.3
info: { title: Chain, version: "1" }
x-portcullis: { backends: { docs: lambda } }
paths:
${paths.map((path) => `  ${path}: { get: { x-portcullis: { backend: docs } } }`).join("\n")}
`;
  const chain = policiesOf({
    "api.yaml": api,
    "roles/viewer.yaml": "allow: [ANY /**]\n",
    "tenants/acme.yaml": "name: Acme\n",
  });
  const options = layoutOptions(UNKNOWN);

  it("is in mode route by auto, which names the routes that exclude each other", () => {
    const { mode, why } = compilePolicies([chain], "auto", options);
    expect(mode).toBe("route");
    expect(why).toContain("12 authorizers are needed, but the limit is 10");
    for (const path of paths) expect(why).toContain(`GET ${path}`);
  });

  it("is an error that names them if token is required", () => {
    expect(() => compilePolicies([chain], "token", options)).toThrow(CachingError);
    expect(() => compilePolicies([chain], "token", options)).toThrow(
      /token is not possible.*GET \/\{a\}\/\{b\}/,
    );
    expect(isUngroupable(tokenLayout([chain], { ...options, maxGroups: 12 }))).toBe(false);
  });
});

describe("groups after a small edit", () => {
  const at = (paths: readonly string[]): World =>
    tokenWorld(githubKeys(paths), { ...AS_SENT, base: BASE_90, maxGroups: 30 });

  /** Returns the share of the smaller API's routes that are in the same group in both. */
  function stableShare(larger: World, smaller: World): number {
    const before = groupNames(larger);
    const after = Object.entries(groupNames(smaller));
    return after.filter(([key, group]) => before[key] === group).length / after.length;
  }

  it("stay the same for at least 95 % of the routes when a path is added or removed", () => {
    const random = randomFrom(60);
    const shares = Array.from({ length: 120 }, (_, draw) => {
      const start = Math.floor(random() * (GITHUB_PATHS.length - 60));
      const paths =
        draw % 2 === 0 ? GITHUB_PATHS.slice(start, start + 60) : shuffle(random, GITHUB_PATHS).slice(0, 60);
      const one = pick(random, paths);
      return stableShare(at(paths), at(paths.filter((path) => path !== one)));
    });
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(mean).toBeGreaterThanOrEqual(0.95);
    expect(shares.filter((share) => share >= 0.95).length / shares.length).toBeGreaterThanOrEqual(0.9);
  });

  it("do not depend on the order of the paths in the file", () => {
    const random = randomFrom(61);
    const paths = GITHUB_PATHS.slice(100, 300);
    expect(groupNames(at(shuffle(random, paths)))).toEqual(groupNames(at(paths)));
    expect(groupNames(at([...paths].reverse()))).toEqual(groupNames(at(paths)));
  });
});

it("every parameter of these APIs is a whole segment", () => {
  for (const path of GITHUB_PATHS)
    for (const segment of path.split("/")) expect(/[{}]/.test(segment)).toBe(isParameter(segment));
});
