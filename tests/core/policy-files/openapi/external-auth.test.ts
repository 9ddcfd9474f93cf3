import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { check } from "../../../../cli/commands/policies/check.ts";
import { supposedCaller } from "../../../../core/decision/caller.ts";
import { explain } from "../../../../core/policy-files/explain/explain.ts";
import { openMethods } from "../../../../core/policy-files/openapi/open-methods.ts";
import { printPolicyTest, runPolicyTests } from "../../../../core/policy-files/simulate/run-policy-tests.ts";
import { createSimulator } from "../../../../core/policy-files/simulate/simulator.ts";
import { type Stack, startStack } from "../../../../local/stack.ts";
import { runVerb, sampleWith } from "../../../cli/run-verb.ts";
import { mint } from "../../../end-to-end/tokens.ts";
import { buildOf } from "../../../support/compiled.ts";
import {
  API,
  BASE,
  grantsOfRole,
  loadWith,
  policiesOf,
  problemLines,
} from "../../../support/policy-files.ts";

const SCHEMES = `components:
  securitySchemes:
    pool:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authtype: cognito_user_pools
      x-amazon-apigateway-authorizer: { type: cognito_user_pools, providerARNs: [arn] }
    unused: { type: apiKey, name: x-api-key, in: header }
    portcullis_g1: { type: apiKey, name: x, in: header, x-amazon-apigateway-authtype: custom }
`;
const operation = (settings: string, rest = ""): string =>
  `${API}  /mine:\n    get:\n      x-portcullis: { backend: docs, ${settings} }\n${rest}${SCHEMES}`;
const LEFT = operation("auth: external", "      security: [{ pool: [] }]\n");
const problemsOf = (api: string): string[] => problemLines(loadWith({ "api.yaml": api }));

describe("an operation that is left to another authorizer", () => {
  const AUTHORIZER = "x-amazon-apigateway-authorizer";
  const byScheme = (members: string): string[] =>
    problemsOf(
      LEFT.replace(
        / {4}pool:[\s\S]*? {4}unused/,
        `    pool: { type: apiKey, name: A, in: header, ${members} }\n    unused`,
      ),
    );
  const URI = "authorizerUri: 'arn:aws:apigateway:eu-central-1:lambda:path/x'";

  it.each([
    "x-amazon-apigateway-authtype: awsSigv4",
    `x-amazon-apigateway-authtype: custom, ${AUTHORIZER}: { type: request, ${URI} }`,
    `x-amazon-apigateway-authtype: mine, ${AUTHORIZER}: { type: token, ${URI} }`,
    `x-amazon-apigateway-authtype: cognito_user_pools, ${AUTHORIZER}: { type: cognito_user_pools, providerARNs: [a] }`,
  ])("is guarded by a scheme that names an authorizer: %s", (members) => {
    expect(byScheme(members)).toEqual([]);
  });

  it.each([
    "x-amazon-apigateway-authtype: custom",
    "x-amazon-apigateway-authtype: cognito_user_pools",
    "x-amazon-apigateway-authtype: iam",
    "x-amazon-apigateway-authtype: ''",
    `x-amazon-apigateway-authtype: custom, ${AUTHORIZER}: { type: request }`,
    `x-amazon-apigateway-authtype: custom, ${AUTHORIZER}: {}`,
    `x-amazon-apigateway-authtype: cognito_user_pools, ${AUTHORIZER}: { type: cognito_user_pools, providerARNs: [] }`,
  ])("is not guarded by a scheme that does not: %s", (members) => {
    expect(byScheme(members)).toEqual([
      expect.stringContaining('API Gateway would not guard it with "pool"'),
    ]);
  });

  it.each<[title: string, api: string, problem: RegExp]>([
    [
      "must name the authorizer, or it would be open",
      operation("auth: external"),
      /^api.yaml:26:38: GET \/mine is left to another authorizer, but its security does not name exactly one, so the route would be open: add security: /,
    ],
    [
      "must name one authorizer",
      operation("auth: external", "      security: [{ pool: [] }, { portcullis_g1: [] }]\n"),
      /^api.yaml:27:7: GET \/mine is left to another authorizer, but its security does not name exactly one/,
    ],
    [
      "must name one authorizer in a requirement",
      operation("auth: external", "      security: [{ pool: [], portcullis_g1: [] }]\n"),
      /^api.yaml:27:7: .* does not name exactly one/,
    ],
    [
      "must not make it optional",
      operation("auth: external", "      security: [{}, { pool: [] }]\n"),
      /^api.yaml:27:7: .* does not name exactly one/,
    ],
    [
      "must name a scheme that exists",
      operation("auth: external", "      security: [{ pol: [] }]\n"),
      /^api.yaml:27:17: GET \/mine: there is no "pol" in components.securitySchemes; did you mean "pool"\?$/,
    ],
    [
      "must name a scheme with which API Gateway guards it",
      operation("auth: external", "      security: [{ unused: [] }]\n"),
      /^api.yaml:\d+:5: GET \/mine: API Gateway would not guard it with "unused"/,
    ],
    [
      "must not name a scheme with a reserved name",
      operation("auth: external", "      security: [{ portcullis_g1: [] }]\n"),
      /^api.yaml:27:17: .*the name of the security scheme "portcullis_g1" is reserved for Portcullis: rename it$/,
    ],
    [
      "cannot have settings that nothing would check",
      operation("auth: external, permission: a", "      security: [{ pool: [] }]\n"),
      /is left to another authorizer, so nothing checks its permission: remove auth or permission$/,
    ],
    [
      "cannot also be public",
      operation("auth: external, public: true", "      security: [{ pool: [] }]\n"),
      /is left to another authorizer, so it cannot be public: remove auth or public$/,
    ],
    [
      "is the only kind that can have security of its own",
      operation("permission: a", "      security: [{ pool: [] }]\n"),
      /security: Portcullis writes the security of every operation: remove it$/,
    ],
  ])("%s", (_, api, problem) => {
    expect(problemsOf(api)).toEqual([expect.stringMatching(problem)]);
  });

  it("is not matched by a wildcard, and cannot be granted", () => {
    expect(grantsOfRole("allow: [ANY /**]\n", { "api.yaml": LEFT })).not.toContain("GET /mine");
    expect(problemLines(loadWith({ "api.yaml": LEFT, "roles/viewer.yaml": "allow: [GET /mine]\n" }))).toEqual(
      [
        'roles/viewer.yaml:1:9: "GET /mine" matches only GET /mine, which no role can grant, because another authorizer guards it: remove the line',
      ],
    );
  });

  it.each(["token", "route", "off"] as const)("keeps its security and is in no group: %s", (mode) => {
    const { layout, compiled } = buildOf(policiesOf({ ...BASE, "api.yaml": LEFT }), mode);
    const definition = compiled.definitions[mode] as {
      paths: Record<string, Record<string, { security?: unknown }>>;
      components: { securitySchemes: Record<string, unknown> };
    };
    expect(JSON.stringify(layout)).not.toContain("/mine");
    expect(definition.paths["/mine"]?.["get"]?.security).toEqual([{ pool: [] }]);
    const ours = layout.groups.map(({ name }) => `portcullis_${name}`);
    expect(Object.keys(definition.components.securitySchemes)).toEqual(["pool", ...ours]);
  });

  it("is not one of the methods that a resource policy must allow", () => {
    const { resources } = openMethods(policiesOf({ ...BASE, "api.yaml": LEFT }).api);
    expect(resources).toEqual(["GET/health", "OPTIONS/*"]);
  });

  it("is explained as such, and every policy test of it fails", () => {
    const tests =
      "- { as: { tenant: acme }, can: [GET /mine] }\n- { as: { tenant: acme }, cannot: [GET /mine] }\n";
    const policies = policiesOf({ ...BASE, "api.yaml": LEFT, "tests/a.yaml": tests });
    const simulator = createSimulator(policies, buildOf(policies, "auto").compiled);
    const caller = supposedCaller({ tenant: "acme", roles: ["viewer"] });
    const { simulation, steps } = explain(policies, simulator, caller, { method: "GET", path: "/mine" });
    expect(simulation.outcome).toBe("external");
    expect(steps.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^GET \/mine is left to another authorizer, the security scheme pool: no role grants it/,
      ),
    ]);
    const results = runPolicyTests(simulator, policies.policyTests);
    expect(results.map(({ met }) => met)).toEqual([false, false]);
    expect(results.map(printPolicyTest)[0]).toMatch(
      /\(left to another authorizer, so Portcullis does not decide it\)$/,
    );
  });

  it("is listed by check", async () => {
    const mine = LEFT.slice(API.length, LEFT.indexOf(SCHEMES));
    const withMine = readFileSync("policies/api.yaml", "utf8").replace("paths:\n", `paths:\n${mine}`);
    const { stdout, status } = await runVerb(
      check,
      "--policies",
      sampleWith({ "api.yaml": withMine.replace("components:\n", SCHEMES) }),
    );
    expect(stdout).toContain("guarded by another authorizer: GET /mine (pool)\n");
    expect(status).toBe(0);
  });
});

describe("in the local stack", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      policies: [policiesOf({ ...BASE, "api.yaml": LEFT })],
      cache: "auto",
      ttl: 60,
      port: 0,
    });
  });
  afterAll(() => stack.close());

  it("a route is denied if its other authorizer cannot be run, and other routes work as usual", async () => {
    const provider = stack.provider("main");
    if (provider === undefined) throw new Error("There is no issuer");
    const token = await mint({ tenants: ["acme"], roles: ["viewer"] }, () => provider);
    const status = async (path: string): Promise<number> =>
      (await fetch(stack.origin + path, { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await status("/mine"), await status("/documents"), await status("/health")]).toEqual([
      401, 200, 200,
    ]);
  });
});
