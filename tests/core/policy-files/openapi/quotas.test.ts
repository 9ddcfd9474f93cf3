import { describe, expect, it } from "vitest";
import { definitionSizeProblem, quotaProblems } from "../../../../core/policy-files/openapi/quotas.ts";
import { printProblem } from "../../../../core/policy-files/source/problem.ts";
import { buildOf } from "../../../support/compiled.ts";
import { BASE, policiesOf } from "../../../support/policy-files.ts";

const HEAD =
  "openapi: 3.0.3\ninfo: { title: T, version: '1' }\nx-portcullis: { backends: { docs: lambda } }\npaths:\n";

const apiOf = (routes: string, description = "") =>
  policiesOf({
    ...BASE,
    "api.yaml": `${HEAD.replace("title: T", `title: T, description: '${description}'`)}${routes}`,
    "roles/viewer.yaml": "allow: []\n",
  });
const route = (path: string, settings = "permission: a.b"): string =>
  `  ${path}: { get: { x-portcullis: { backend: docs, ${settings} } } }\n`;
const numbered = (count: number, settings?: string): string =>
  Array.from({ length: count }, (_, index) => route(`/r${index}`, settings)).join("");

const problemsOf = (routes: string, maxResources = 300, type: "rest" | "http-simple" = "rest"): string[] =>
  quotaProblems(apiOf(routes).api, type, maxResources).map(printProblem);

describe("the quota of resources", () => {
  it("counts one for each node of the tree of paths, and the root", () => {
    expect(problemsOf(`${route("/")}${route("/a/b/c")}${route("/a/{id}")}`, 5)).toEqual([]);
    expect(problemsOf(`${route("/")}${route("/a/b/c")}${route("/a/{id}")}`, 4)).toEqual([
      expect.stringMatching(
        /^api.yaml:4:1: error: paths: the API needs 5 resources, but an API can have 4: .* --max-resources 5; or split/,
      ),
    ]);
  });

  it("is 300 by default, which is not enough for 300 paths below the root", () => {
    expect(problemsOf(numbered(299))).toEqual([]);
    expect(problemsOf(numbered(300))).toHaveLength(1);
  });

  it("is one of routes in an HTTP API", () => {
    const routes = "  /a: { get: &r { x-portcullis: { backend: docs, permission: a.b } }, put: *r }\n";
    expect(problemsOf(routes, 2, "http-simple")).toEqual([]);
    expect(problemsOf(routes, 1, "http-simple")[0]).toContain("needs 2 routes, but an API can have 1");
  });
});

describe("the resource policy", () => {
  it("that would be too long for the routes without an authorizer is a warning", () => {
    expect(problemsOf(numbered(70, "public: true"))).toEqual([]);
    expect(problemsOf(numbered(90, "public: true"))).toEqual([
      expect.stringMatching(
        /^api.yaml:4:1: warning: .* would have about \d{4} characters, but it can have 8192: do not use denies/,
      ),
    ]);
  });
});

describe("the definition", () => {
  const sizeOf = (description: string) => {
    const policies = apiOf(route("/a"), description);
    return definitionSizeProblem(policies.api, buildOf(policies, "route").compiled);
  };

  it("is an error above 6 MB, with all placeholders filled", () => {
    expect(sizeOf("x".repeat(6_000_000))).toBeUndefined();
    expect(sizeOf("ü".repeat(3_145_728))).toMatchObject({
      severity: "error",
      message: expect.stringMatching(
        /would have up to 6\d{6} bytes, but API Gateway imports 6291456: shorten .* or split the API/,
      ),
    });
  });

  it("of many routes says how many of them fit, and leaves out what an import never has", () => {
    const routes = Array.from(
      { length: 3_000 },
      (_, at) => `  /r${at}: { get: { x-portcullis: { backend: web, permission: a.b } } }\n`,
    );
    const policies = policiesOf({
      ...BASE,
      "api.yaml": `${HEAD.replace("docs: lambda", "web: http")}${routes.join("")}`,
      "roles/viewer.yaml": "allow: []\n",
    });
    const { compiled } = buildOf(policies, "route");
    const problem = definitionSizeProblem(policies.api, compiled);
    expect(problem).toMatchObject({ severity: "error" });
    const [, fitting = ""] =
      /split the API, because about (\d+) of its 3000 routes fit/.exec(problem?.message ?? "") ?? [];
    const body = JSON.stringify(compiled.definitions.route).replaceAll(
      /,"\$\{backend_web_sample_key\}":\{[^{}]*(\$\{\w+\}[^{}]*)*\}/g,
      "",
    );
    expect(body).not.toContain("sample_key");
    expect(Number(fitting) / 3_000).toBeCloseTo(
      (6 * 1024 * 1024) / body.replaceAll(/\$\{[a-z0-9_]+\}/g, "").length,
      2,
    );
  });

  it("that exceeds 6 MB only with the longest values that an environment can have is a warning", () => {
    expect(sizeOf("x".repeat(6_280_000))).toMatchObject({
      severity: "warning",
      message: expect.stringMatching(/would have from 628\d{4} to 63\d{5} bytes, but API Gateway imports/),
    });
  });
});
