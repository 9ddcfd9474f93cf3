import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { DEFAULT_LAYOUT_OPTIONS } from "../../../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../../../core/policy-files/compile/compile.ts";
import { startingFolder } from "../../../../core/policy-files/init/init.ts";
import { loadPolicies } from "../../../../core/policy-files/model/policy-set.ts";
import { patchDocument } from "../../../../core/policy-files/openapi/patch-document.ts";
import { runPolicyTests } from "../../../../core/policy-files/simulate/run-policy-tests.ts";
import { createSimulator } from "../../../../core/policy-files/simulate/simulator.ts";
import { printProblem } from "../../../../core/policy-files/source/problem.ts";

type Json = Readonly<Record<string, unknown>>;

const ANY = `x-amazon-apigateway-any-method:
      responses: { "200": { description: ok } }
      x-amazon-apigateway-integration: { type: aws_proxy, httpMethod: POST, uri: "\${lambda}" }
`;
const ALONE = `openapi: 3.0.1
info: { title: Proxy, version: "1" }
paths:
  /{proxy+}:
    ${ANY}`;
const WITH_ROOT = `${ALONE}    options: { x-amazon-apigateway-integration: { type: mock } }
  /:
    ${ANY}    get:
      x-amazon-apigateway-integration: { type: aws_proxy, httpMethod: POST, uri: "\${lambda}" }
`;

describe.each([
  ["alone", ALONE, 6],
  ["next to the root, with methods and preflight of its own", WITH_ROOT, 12],
])("a document of a Lambda proxy: %s", (_, text, routes) => {
  const folder = startingFolder(parse(text));
  if (typeof folder === "string") throw new Error(folder);
  const { policies, problems } = loadPolicies(folder.files, "dev");
  if (policies === undefined) throw new Error(problems.map(printProblem).join("\n"));

  it("becomes a folder whose tests cover every method, and pass", () => {
    expect(policies.api.operations).toHaveLength(routes);
    const compiled = compilePolicies([policies], "auto", DEFAULT_LAYOUT_OPTIONS);
    const results = runPolicyTests(createSimulator(policies, compiled), policies.policyTests);
    expect(results.filter(({ met }) => !met)).toEqual([]);
    const tests = folder.files.get("tests/access.yaml") ?? "";
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
      expect(tests).toContain(`${method} /1/b`);
    expect(tests).not.toContain("OPTIONS");
  });

  it("is guarded by build --into", () => {
    const layout = compilePolicies([policies], "route", DEFAULT_LAYOUT_OPTIONS).layouts.route;
    if (layout === undefined) throw new Error("There is no layout");
    const options = { file: "proxy.yaml", text, gatewayResponses: false, requestValidators: false };
    const patched = patchDocument(options, policies.api, layout, () => "");
    if ("problems" in patched) throw new Error(patched.problems.map(printProblem).join("\n"));
    const { paths } = parse(patched.text) as { paths: Record<string, Record<string, Json>> };
    for (const item of Object.values(paths))
      for (const [key, { security }] of Object.entries(item))
        expect(security).toEqual(key === "options" ? [] : [{ portcullis_all: [] }]);
  });
});
