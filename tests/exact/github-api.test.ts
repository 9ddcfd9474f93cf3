import { describe, expect, it } from "vitest";
import { randomFrom } from "../oracle/naive-requests.ts";
import { type Verdict, Verifier } from "../oracle/naive-verifier.ts";
import { draws } from "../support/draws.ts";
import { RequestSource } from "./github-requests.ts";
import { githubRoles } from "./github-roles.ts";
import { GITHUB_KEYS } from "./real-apis.ts";
import {
  ANN,
  BASE_59,
  grantAll,
  Responses,
  routeWorld,
  tokenWorld,
  verifierSubject,
  type World,
} from "./worlds.ts";

const ROLES = githubRoles();
/** The number of requests of each role in each mode. */
const REQUESTS = draws(4_200, 250);

function tryRoles(world: World, seed: number): Verdict & { readonly longest: number } {
  const source = new RequestSource(world.routes, randomFrom(seed));
  const total = { requests: 0, evaluations: 0, indistinguishable: 0, longest: 0 };
  const findings = [];
  for (const role of ROLES) {
    const grants = grantAll(role.keys);
    const responses = new Responses(world, grants);
    const verifier = new Verifier(verifierSubject(world, grants, responses, ANN));
    while (verifier.verdict.requests < REQUESTS) verifier.try(source.next());
    const { verdict } = verifier;
    total.requests += verdict.requests;
    total.evaluations += verdict.evaluations;
    total.indistinguishable += verdict.indistinguishable;
    findings.push(...verdict.findings.map((finding) => ({ role: role.name, ...finding })));
    if (world.layout.mode === "token") total.longest = Math.max(total.longest, responses.longest());
  }
  return { ...total, findings };
}

describe("all of GitHub's API", () => {
  it("has 1,222 operations and roles of many kinds", () => {
    expect(GITHUB_KEYS).toHaveLength(1_222);
    expect(ROLES.length).toBeGreaterThan(110);
  });

  it("has neither over-grants nor over-denials in mode token", { timeout: 120_000 }, () => {
    const world = tokenWorld(GITHUB_KEYS, { encodedPaths: "as_sent", base: BASE_59, maxGroups: 24 });
    const { findings, requests, longest } = tryRoles(world, 1);
    expect(findings).toEqual([]);
    expect(requests).toBeGreaterThanOrEqual(REQUESTS * ROLES.length);
    expect(longest).toBeLessThanOrEqual(8_192);
    process.stdout.write(`\nmode token: ${requests} requests, longest response ${longest} bytes\n`);
  });

  it("has neither in mode route, whether AWS decodes encoded slashes or not", { timeout: 120_000 }, () => {
    const world = routeWorld(GITHUB_KEYS, { encodedPaths: "unknown", base: BASE_59, maxGroups: 10 });
    const { findings, requests } = tryRoles(world, 2);
    expect(findings).toEqual([]);
    expect(requests).toBeGreaterThanOrEqual(REQUESTS * ROLES.length);
    process.stdout.write(`\nmode route: ${requests} requests\n`);
  });
});
