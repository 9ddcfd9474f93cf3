import { describe, expect, it } from "vitest";
import { makeRoute, selectRoute } from "../../../core/model/route.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../core/policy-files/compile/build-layout.ts";
import { cachingReport } from "../../../core/policy-files/compile/caching-report.ts";
import { compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import { startingFolder } from "../../../core/policy-files/init/init.ts";
import { loadPolicies } from "../../../core/policy-files/model/policy-set.ts";
import { findWarnings } from "../../../core/policy-files/model/warnings.ts";
import { patchDocument } from "../../../core/policy-files/openapi/patch-document.ts";

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

/** Returns the document of an API with four routes for each resource. */
const documentOf = (resources: number) => ({
  openapi: "3.0.3",
  info: { title: "Large", version: "1" },
  paths: Object.fromEntries(
    Array.from({ length: resources }, (_, at) => {
      const operation = {
        operationId: "run",
        tags: ["things"],
        "x-amazon-apigateway-integration": { type: "aws_proxy", uri: `function:f${at}/invocations` },
      };
      return [
        [`/area${at}`, { get: operation, "x-amazon-apigateway-any-method": operation }],
        [`/area${at}/{id}`, { get: operation, post: operation }],
      ];
    }).flat(),
  ),
});

describe("the time of init and of its policy tests", () => {
  /** Returns the CPU time in seconds. */
  function secondsOf(resources: number): number {
    const before = process.cpuUsage();
    const folder = startingFolder(documentOf(resources));
    if (typeof folder === "string") throw new Error(folder);
    expect(folder.backends).toHaveLength(resources);
    const routes = folder.operations.map(({ path }) => makeRoute("GET", path));
    for (const route of routes) expect(selectRoute(routes, "GET", route.path)?.path).toBe(route.path);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  }

  it("grows with the number of routes, and not with its square", { timeout: 300_000 }, () => {
    secondsOf(100);
    const small = Math.min(secondsOf(250), secondsOf(250));
    expect(secondsOf(2_000)).toBeLessThan(25 * small);
  });
});

describe("the time of --into", () => {
  /** Returns the CPU time in seconds for a document that has none of the routes. */
  function secondsOf(resources: number): number {
    const files = filesOf(resources);
    const { policies } = loadPolicies(files, "dev");
    if (policies === undefined) throw new Error("The folder has errors");
    const layout = compilePolicies([policies], "route", DEFAULT_LAYOUT_OPTIONS).layouts.route;
    if (layout === undefined) throw new Error("There is no layout");
    const paths = Object.fromEntries(
      Array.from({ length: resources }, (_, at) => [`/other${at}/{id}`, { get: {}, put: {} }]),
    );
    const text = JSON.stringify({ openapi: "3.0.1", info: { title: "Other", version: "1" }, paths });
    const before = process.cpuUsage();
    const options = { file: "other.json", text, gatewayResponses: false, requestValidators: false };
    const patched = patchDocument(options, policies.api, layout, () => "");
    expect("problems" in patched && patched.problems.length).toBe(12 * resources);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  }

  it("grows with the number of routes, and not with its square", { timeout: 300_000 }, () => {
    secondsOf(20);
    const small = Math.min(secondsOf(60), secondsOf(60));
    expect(secondsOf(480)).toBeLessThan(25 * small);
  });
});
