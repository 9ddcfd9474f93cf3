import { deepStrictEqual as equal, ok } from "node:assert";
import { METHODS } from "../../../core/model/route.ts";
import { inDocument } from "../../../core/policy-files/model/operation.ts";
import { INTEGRATION_KEY } from "../../../core/policy-files/openapi/integrations.ts";
import type { Body, Deployed } from "./deployed.ts";
import type { Report } from "./support/report.ts";

const GATEWAY_RESPONSES = 21;

/** Checks the parts of the API that moto does not store, in the deployed definition. */
export async function checkDefinition(deployed: Deployed, aliasUri: string, report: Report): Promise<void> {
  const { body } = deployed;
  await report.check("the deployed definition has every route, and no other", () => checkRoutes(deployed));
  await report.check(
    "every route except public ones has the authorizer of its group, and preflight has none",
    () => checkSecurity(deployed),
  );
  await report.check(
    "authorizers have the mode's identity sources and TTL, and invoke the layout's alias",
    () => checkAuthorizers(deployed, aliasUri),
  );
  await report.check("each operation has one integration, and no placeholder is left", () =>
    checkIntegrations(body),
  );
  await report.check("gateway responses and the validator of parameters are customised", () => {
    equal(Object.keys(member(body, "x-amazon-apigateway-gateway-responses")).length, GATEWAY_RESPONSES);
    equal(body["x-amazon-apigateway-request-validator"], "parameters");
    equal(member(body, "x-amazon-apigateway-request-validators"), {
      parameters: { validateRequestParameters: true, validateRequestBody: false },
      parameters_and_bodies: { validateRequestParameters: true, validateRequestBody: true },
    });
  });
}

type Json = Readonly<Record<string, unknown>>;

const member = (value: Json, name: string): Json => (value[name] ?? {}) as Json;

function listOperations({ paths }: Body): [key: string, operation: Json][] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, Json] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

function checkRoutes({ body, policies }: Deployed): void {
  // No environment has a domain, so the metadata document has no URL.
  const operations = policies.api.operations.filter(inDocument);
  const preflights = new Set(operations.map(({ route }) => `OPTIONS ${route.path}`));
  const expected = new Set([...operations.map(({ route }) => String(route.key)), ...preflights]);
  equal(
    listOperations(body)
      .map(([key]) => key)
      .sort(),
    [...expected].sort(),
  );
  for (const [key] of listOperations(body))
    ok((METHODS as readonly string[]).includes(key.split(" ")[0] ?? ""));
}

function checkSecurity({ body, policies, manifest, outputs }: Deployed): void {
  const groups = manifest.caching.groups.flatMap(({ name, routes }) =>
    routes.map((key) => [key, name] as const),
  );
  const groupByRoute = new Map<string, string>(groups);
  const open = new Set(
    policies.api.operations.filter((one) => one.public).map(({ route }) => String(route.key)),
  );
  equal(outputs.caching_mode, manifest.mode);
  for (const [key, { security }] of listOperations(body)) {
    const group = groupByRoute.get(key);
    ok(group !== undefined || open.has(key) || key.startsWith("OPTIONS "), `${key} is in no group`);
    equal([key, security], [key, group === undefined ? [] : [{ [`portcullis_${group}`]: [] }]]);
  }
}

function checkAuthorizers({ body, manifest, outputs }: Deployed, aliasUri: string): void {
  const schemes = member(member(body, "components"), "securitySchemes");
  const variables = manifest.stageVariables[outputs.caching_mode] ?? {};
  equal(Object.keys(schemes).sort(), Object.keys(variables).sort());
  for (const name of Object.keys(variables)) {
    const { authorizerUri, identitySource, authorizerResultTtlInSeconds, type } = member(
      member(schemes, name),
      "x-amazon-apigateway-authorizer",
    );
    const sources = [
      `stageVariables.${name}`,
      "method.request.header.Authorization",
      ...routeSources(outputs.caching_mode),
    ];
    equal(
      { type, authorizerUri, identitySource },
      { type: "request", authorizerUri: aliasUri, identitySource: sources.join(", ") },
    );
    equal(typeof authorizerResultTtlInSeconds, "number");
    ok(outputs.caching_mode !== "off" || authorizerResultTtlInSeconds === 0);
  }
}

const routeSources = (mode: string): string[] =>
  mode === "route" ? ["context.httpMethod", "context.resourcePath"] : [];

function checkIntegrations(body: Body): void {
  for (const [key, operation] of listOperations(body)) {
    const found = Object.keys(operation).filter((name) => /integration|\$\{/.test(name));
    equal([key, found], [key, [INTEGRATION_KEY]]);
    ok(!JSON.stringify(operation).includes("${"), `${key} has a placeholder left`);
  }
}
