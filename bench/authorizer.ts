import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { loadPolicyFolder } from "../cli/shared/policy-folder.ts";
import { issuerName } from "../core/model/ids.ts";
import { readLayout, stageVariables } from "../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../core/policy-files/compile/compile.ts";
import { MAIN_ISSUER } from "../core/policy-files/model/issuers.ts";
import type { PolicySet } from "../core/policy-files/model/policy-set.ts";
import { EXAMPLE_BASE } from "../core/policy-files/simulate/simulator.ts";
import { createAuthorizer } from "../lambdas/authorizer/create-authorizer.ts";
import { createIdentityProvider, LOCAL_AUDIENCE } from "../local/identity-provider/identity-provider.ts";
import type { TrustConfig } from "../runtime/jwt/trust-config.ts";
import type { DynamodbClient } from "../runtime/table/dynamodb-client.ts";
import { dynamodbReader } from "../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../runtime/table/permissions-table.ts";

/** Decides `GET /documents/42` for a token. @throws where it is not allowed: then something else is measured */
export type Decide = (token: string) => Promise<void>;

/** An authorizer that remembers nothing yet, on a table. */
export type MakeAuthorizer = (client: DynamodbClient, table: string) => Decide;

export interface BenchCaller {
  readonly policies: PolicySet;
  readonly authorizer: MakeAuthorizer;
  /** A fresh RS256 token of an editor of the tenant. */
  token(tenant: string): Promise<string>;
}

const ISSUER_URL = "https://issuer.example";
/** Longer than any measurement: what is remembered does not end in the middle. */
const TTL_SECONDS = 86_400;

/** The sample's policies. */
export function samplePolicies(): PolicySet {
  const { policies } = loadPolicyFolder("policies", "dev");
  if (policies === undefined) throw new Error("The sample's policy files have errors: npx portcullis check");
  return policies;
}

/** The sample's policies, an issuer, and authorizers like the one that is deployed. */
export async function benchCaller(): Promise<BenchCaller> {
  const policies = samplePolicies();
  const provider = createIdentityProvider(ISSUER_URL, () => MAIN_ISSUER);
  const keys = await provider.jwks();
  const compiled = compilePolicies([policies], "auto", DEFAULT_LAYOUT_OPTIONS);
  const data = compiled.layouts[compiled.mode];
  if (data === undefined) throw new Error(`There is no layout for ${compiled.mode}`);
  const layout = readLayout(data);
  const authorizer: MakeAuthorizer = (client, table) => {
    const reader = dynamodbReader(client, table);
    const decide = createAuthorizer({
      trust: TRUST,
      layout,
      table: permissionsTable({ reader, ttlSeconds: TTL_SECONDS, now: Date.now }),
      now: Date.now,
      log: () => undefined,
      getJson: () => Promise.resolve(keys),
    });
    return async (token) => {
      const answer = await decide(requestEvent(token, stageVariables(layout)));
      if (!JSON.stringify(answer).includes('"Allow"')) throw new Error("The caller was refused");
    };
  };
  const token = (tenant: string) => provider.mint({ tenants: [tenant], roles: ["editor"] });
  return { policies, authorizer, token };
}

const TRUST: TrustConfig = {
  issuers: [
    {
      name: issuerName(MAIN_ISSUER.name),
      url: ISSUER_URL,
      jwksUri: `${ISSUER_URL}/jwks.json`,
      audiences: [LOCAL_AUDIENCE],
      algorithms: ["RS256"],
    },
  ],
  clockToleranceSeconds: 30,
  keysStaleSeconds: 86_400,
  local: false,
};

/** What API Gateway sends for `GET /documents/42`. */
export function requestEvent(
  token: string,
  variables: Readonly<Record<string, string>>,
): APIGatewayRequestAuthorizerEvent {
  const headers = { Authorization: `Bearer ${token}` };
  return {
    type: "REQUEST",
    methodArn: `${EXAMPLE_BASE}/GET/documents/42`,
    resource: "/documents/{documentId}",
    path: "/documents/42",
    httpMethod: "GET",
    headers,
    multiValueHeaders: { Authorization: [headers.Authorization] },
    pathParameters: { documentId: "42" },
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    stageVariables: { ...variables },
    requestContext: {
      requestId: "r",
      extendedRequestId: "e",
    } as APIGatewayRequestAuthorizerEvent["requestContext"],
  };
}
