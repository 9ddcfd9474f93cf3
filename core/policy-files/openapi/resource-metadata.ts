import { makeRoute } from "../../model/route.ts";
import type { IssuerDefinition } from "../model/issuer-presets.ts";
import { issuerPlaceholder } from "../model/jwt-routes.ts";
import { type AdvertisedIssuer, type Api, addedOperation, type Operation } from "../model/operation.ts";
import type { Position, Problems } from "../source/problem.ts";
import { clientHeaders, type Json } from "./definition-operation.ts";
import { httpApiLambda, INTEGRATION_KEY } from "./integrations.ts";
import { MOCK, mockResponse, preflight } from "./preflight.ts";

/** The path at which clients read which issuers give tokens for the API (RFC 9728, 3). */
export const METADATA_PATH = "/.well-known/oauth-protected-resource";

/**
 * Adds the public route of the metadata document, if an issuer is advertised. Rejects a route of the team's own with
 * this path.
 */
export function withMetadataRoute(
  api: Api | undefined,
  issuers: ReadonlyMap<string, IssuerDefinition> | undefined,
  problems: Problems,
): Api | undefined {
  const all = [...(issuers?.values() ?? [])];
  const advertised = all.filter(({ advertisedAt }) => advertisedAt !== undefined);
  const at = advertised[0]?.advertisedAt;
  if (api === undefined || at === undefined) return api;
  for (const own of api.operations.filter(({ route }) => route.path === METADATA_PATH))
    problems.error(
      "reserved-path",
      own.at,
      `${own.route.key}: Portcullis serves this path itself, because issuer ${advertised[0]?.name} is advertised: remove the route, or advertised in issuers.yaml`,
    );
  checkPlaceholders(advertised, all, problems);
  const urls = advertised.map(({ name, trust }) => ({ name, urls: trust?.urls ?? [] }));
  return { ...api, operations: [...api.operations, metadataOperation(at, urls)] };
}

/** Rejects names of issuers that one placeholder stands for. */
function checkPlaceholders(
  advertised: readonly IssuerDefinition[],
  all: readonly IssuerDefinition[],
  problems: Problems,
): void {
  for (const issuer of advertised) {
    const other = all.find(
      ({ name }) => name !== issuer.name && issuerPlaceholder(name) === issuerPlaceholder(issuer.name),
    );
    if (other !== undefined)
      problems.error(
        "ambiguous-names",
        issuer.at,
        `issuers "${issuer.name}" and "${other.name}" differ only in case or in characters other than letters and digits, and one of them is advertised: rename one of them`,
      );
  }
}

const metadataOperation = (at: Position, advertised: readonly AdvertisedIssuer[]): Operation => ({
  ...addedOperation(makeRoute("GET", METADATA_PATH), at),
  advertised,
});

/** The metadata document of an API, as a template. */
export interface MetadataTemplate {
  /** JSON with the placeholders `resource_url`, and `issuer_<name>_url` for each issuer whose URL Terraform has. */
  readonly template: string;
  /** The issuers whose URL Terraform has. */
  readonly issuers: readonly string[];
}

/**
 * Returns the metadata document, undefined if no issuer is advertised. Signs that templates of API Gateway or Terraform
 * read are escaped as JSON escapes them.
 */
export function metadataTemplate({ document, operations }: Api): MetadataTemplate | undefined {
  const advertised = operations.find((operation) => operation.advertised !== undefined)?.advertised;
  if (advertised === undefined) return undefined;
  const scopes = [...new Set(operations.flatMap(({ route }) => route.scopes))].sort();
  const { title } = document["info"] as { readonly title: unknown };
  const urls = advertised.flatMap(({ name, urls }) =>
    urls.length === 0 ? [`"\${issuer_${issuerPlaceholder(name)}_url}"`] : urls.map(quote),
  );
  const members = [
    '"resource":"${resource_url}"',
    `"authorization_servers":[${urls.join(",")}]`,
    ...(scopes.length === 0 ? [] : [`"scopes_supported":[${scopes.map(quote).join(",")}]`]),
    '"bearer_methods_supported":["header"]',
    `"resource_name":${quote(String(title))}`,
  ];
  const issuers = advertised.filter(({ urls }) => urls.length === 0).map(({ name }) => name);
  return { template: `{${members.join(",")}}`, issuers };
}

const quote = (text: string): string =>
  JSON.stringify(text).replace(/[$#%]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);

const HEADERS: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Origin": "${cors_error_origin}",
  "Cache-Control": "public, max-age=300",
};
const SUMMARY = "Which issuers give tokens for this API (RFC 9728)";

/** Returns the path item in a REST API, which responds without a backend. */
export const restMetadata = (operation: Operation, api: Api): Json => ({
  get: {
    summary: SUMMARY,
    security: [],
    responses: {
      "200": {
        description: "The metadata",
        headers: Object.fromEntries(
          Object.keys(HEADERS).map((name) => [name, { schema: { type: "string" } }]),
        ),
      },
    },
    [INTEGRATION_KEY]: {
      ...MOCK,
      requestTemplates: { "application/json": '{"statusCode": 200}' },
      responses: {
        default: {
          ...mockResponse("200"),
          responseParameters: Object.fromEntries(
            Object.entries(HEADERS).map(([name, value]) => [`method.response.header.${name}`, `'${value}'`]),
          ),
          responseTemplates: { "application/json": "${resource_metadata}" },
        },
      },
    },
  },
  options: preflight([operation.route], clientHeaders(api, [operation])),
});

/** Returns the operation in an HTTP API, which has no response without a backend: a function returns the document. */
export const httpMetadata = (): Json => ({
  summary: SUMMARY,
  responses: { "200": { description: "The metadata" } },
  security: [],
  [INTEGRATION_KEY]: httpApiLambda("${resource_metadata_uri}"),
});
