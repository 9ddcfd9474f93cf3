import { describe, expect, it } from "vitest";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../core/policy-files/compile/build-layout.ts";
import { cachingReport } from "../../../core/policy-files/compile/caching-report.ts";
import { compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import { loadPolicies } from "../../../core/policy-files/model/policy-set.ts";
import { findWarnings } from "../../../core/policy-files/model/warnings.ts";

/** Returns the files of an API with ten routes for each resource, and two roles. */
function filesOf(resources: number): Map<string, string> {
  const operation = (permission: string) => ({ "x-portcullis": { backend: "api", permission } });
  const read = operation("things.read");
  const write = operation("things.write");
  const paths = Array.from({ length: resources }, (_, at) => [
    [`/area${at}`, { get: read, post: write }],
    [`/area${at}/{id}`, { get: read, put: write, delete: write }],
    [`/area${at}/{id}/parts`, { get: read, post: write }],
    [`/area${at}/{id}/parts/{partId}`, { get: read, patch: write }],
    [`/area${at}/{id}/close`, { post: operation("things.close") }],
  ]).flat();
  const api = {
    openapi: "3.0.3",
    info: { title: "Large", version: "1" },
    "x-portcullis": { backends: { api: "lambda" } },
    paths: Object.fromEntries(paths),
  };
  return new Map([
    ["api.yaml", JSON.stringify(api)],
    ["roles/viewer.yaml", JSON.stringify({ allow: ["things.read", "POST /area1"] })],
    ["roles/admin.yaml", JSON.stringify({ allow: ["ANY /**"] })],
    ["tenants/acme.yaml", "name: Acme\n"],
  ]);
}

/** Returns the CPU time of a check and a build without their reading of files, in seconds. */
function secondsFor(resources: number): number {
  const files = filesOf(resources);
  const before = process.cpuUsage();
  const { policies, problems } = loadPolicies(files, "dev");
  if (policies === undefined) throw new Error(JSON.stringify(problems.slice(0, 2)));
  expect(findWarnings(policies)).toEqual([]);
  const compiled = compilePolicies([policies], "auto", DEFAULT_LAYOUT_OPTIONS);
  expect(compiled.definitions).toHaveProperty("route");
  expect(compiled.openMethods.conflicts).toEqual([]);
  const { groups } = cachingReport(compiled, DEFAULT_LAYOUT_OPTIONS);
  expect(groups.flatMap(({ routes }) => routes)).toHaveLength(10 * resources);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

describe("the time of a check and a build", () => {
  it("grows with the number of routes, and not with its square", { timeout: 300_000 }, () => {
    secondsFor(50);
    const small = Math.min(secondsFor(125), secondsFor(125));
    expect(secondsFor(1_000)).toBeLessThan(25 * small);
  });
});
