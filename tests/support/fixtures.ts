import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { type Caller, supposedCaller } from "../../core/decision/caller.ts";
import { type IssuerName, issuerName } from "../../core/model/ids.ts";
import { type IssuerItem, type Item, readCatalogue } from "../../core/model/items.ts";
import { type Layout, type LayoutData, readLayout } from "../../core/model/layout.ts";

/** The current time in the tests, in ms: 23 November 2026. */
const NOW = Date.UTC(2026, 10, 23, 12);
export const SECONDS = NOW / 1_000;

/** Creates a clock that only `advance` moves. */
export function clock(start = NOW) {
  let time = start;
  return { now: () => time, advance: (ms: number) => (time += ms) };
}

export const MAIN: IssuerName = issuerName("main");

export const issuerFields = (changes: Item = {}): Item => ({
  pk: "CATALOGUE",
  sk: "ISSUER#main",
  v: 1,
  name: "main",
  hash: "issuer-hash",
  tenants: "*",
  claims: { tenant: ["tenant"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] },
  audienceClaims: ["aud"],
  types: ["at+jwt"],
  ...changes,
});

export function issuerItem(changes: Item = {}): IssuerItem {
  const item = readCatalogue([issuerFields(changes)]).issuers.get(MAIN);
  if (item === undefined) throw new Error("The fixture has no issuer main");
  return item;
}

export const ROLE: Item = {
  pk: "CATALOGUE",
  sk: "ROLE#viewer",
  v: 1,
  name: "viewer",
  hash: "role-hash",
  grants: ["GET /documents/{documentId}"],
};

export const TENANT: Item = {
  pk: "TENANT#acme",
  sk: "TENANT",
  v: 1,
  generation: "g1",
  id: "acme",
  hash: "tenant-hash",
  status: "active",
};

export const ITEMS: readonly Item[] = [issuerFields(), ROLE, TENANT];

export const LAYOUT_DATA: LayoutData = {
  mode: "token",
  hash: "abc123",
  tenantSelector: null,
  slashes: true,
  shortTenantIds: true,
  groups: [
    {
      name: "a",
      routes: [
        ["GET", "/documents/{documentId}"],
        ["DELETE", "/documents/{documentId}"],
      ],
      anyMethodPaths: [],
    },
  ],
};

export const LAYOUT: Layout = readLayout(LAYOUT_DATA);

export const AUDIENCE = "https://api.example.com";

export const claims = (iss: string, changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  iss,
  aud: AUDIENCE,
  sub: "ann",
  tenant: "acme",
  roles: ["viewer"],
  iat: SECONDS - 10,
  exp: SECONDS + 600,
  jti: "token-1",
  ...changes,
});

export const caller = (tenant = "acme"): Caller =>
  supposedCaller({ tenant, subject: "ann", roles: ["viewer"] });

/** Builds the event that API Gateway sends for `GET /documents/42`. */
export function event(
  authorization: string | undefined,
  changes: Partial<APIGatewayRequestAuthorizerEvent> = {},
): APIGatewayRequestAuthorizerEvent {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  return {
    type: "REQUEST",
    methodArn: "arn:aws:execute-api:eu-central-1:123456789012:abcdef/prod/GET/documents/42",
    resource: "/documents/{documentId}",
    path: "/documents/42",
    httpMethod: "GET",
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    pathParameters: { documentId: "42" },
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    stageVariables: { portcullis_a: "a-abc123" },
    requestContext: {
      requestId: "client-chosen",
      extendedRequestId: "extended-1",
    } as APIGatewayRequestAuthorizerEvent["requestContext"],
    ...changes,
  };
}
