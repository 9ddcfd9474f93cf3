import { type CachingMode, readLayout, stageVariables } from "../../../core/model/layout.ts";
import { renderTemplate } from "../../../core/policy-files/openapi/render-template.ts";
import { createAuthorizer } from "../../../lambdas/authorizer/create-authorizer.ts";
import type { OpenApiDocument } from "../../../local/apigateway/rest/gateway.ts";
import { dynamodbReader } from "../../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { tenantStore } from "../../../runtime/table/tenant-store.ts";
import {
  AUTHORIZER_ARN,
  BACKEND_ARN,
  invocable,
  invocationUri,
  startGateway,
} from "../../local/apigateway/rest/harness.ts";
import { buildOf } from "../../support/compiled.ts";
import { localTrust, TABLE_NAME } from "../../support/configuration.ts";
import { startTable } from "../../support/fake-table.ts";
import { clock, type event } from "../../support/fixtures.ts";
import { policiesOf } from "../../support/policy-files.ts";

const FILES = {
  "api.yaml": `openapi: 3.0.3
info: { title: Small, version: "1" }
x-portcullis: { backends: { docs: lambda } }
paths:
  /documents:
    get: { x-portcullis: { backend: docs, permission: documents.read } }
`,
  "roles/viewer.yaml": "allow: [documents.read]\n",
  "tenants/acme.yaml": "name: Acme\n",
  "issuers.yaml": 'main: { preset: generic, tenants: "*", memberships: merge }\n',
};

/** The TTLs of API Gateway's cache and of the function's, in seconds. */
export interface Ttls {
  readonly gateway: number;
  readonly lambda: number;
}

/** Starts a gateway with the API's own definition and the authorizer, with one clock that only `advance` moves. */
export async function cachingGateway(mode: CachingMode, ttls: Ttls, issuerUrl: string) {
  const { now, advance } = clock();
  const { compiled, layout: data, items } = buildOf(policiesOf(FILES), mode);
  const layout = readLayout(data);
  const table = await startTable(items);
  const authorizer = createAuthorizer({
    trust: localTrust({ issuers: [{ url: issuerUrl, algorithms: ["ES256"] }] }),
    layout,
    table: permissionsTable({
      reader: dynamodbReader(table.reading, TABLE_NAME),
      ttlSeconds: ttls.lambda,
      now,
    }),
    now,
    log: () => undefined,
  });
  const definition = renderTemplate(compiled.definitions[mode], {
    authorizer_uri: invocationUri(AUTHORIZER_ARN),
    authorizer_ttl: ttls.gateway,
    request_validator: "parameters",
    sample_backend_uri: invocationUri(BACKEND_ARN),
    backend_docs_uri: invocationUri(BACKEND_ARN),
    cors_allowed_origins: "'*'",
    cors_error_origin: "*",
    cors_allowed_headers: "Authorization",
    cors_max_age: "600",
  }) as OpenApiDocument;
  const gateway = await startGateway(definition, {
    functions: new Map([
      [AUTHORIZER_ARN, invocable((request) => authorizer(request as unknown as ReturnType<typeof event>))],
      [BACKEND_ARN, invocable(() => ({ statusCode: 200, body: "{}" }))],
    ]),
    stage: { name: "dev", variables: stageVariables(layout) },
    now,
  });
  return {
    advance,
    now,
    /** Writes items at run time, as sign-up and the commands do. */
    store: tenantStore({ client: table.client, table: TABLE_NAME, who: "tests", now }),
    /** Empties API Gateway's cache, as if another node without a cached response served the next request. */
    flushCache: () => gateway.flushAuthorizerCache(),
    /** Sends a request. Returns `200`, or the status and reason of a denial. */
    async send(token: string): Promise<string> {
      const headers = { Authorization: `Bearer ${token}` };
      const { status, json } = await gateway.send("GET", "/documents", { headers });
      const { error } = (json ?? {}) as { error?: { reason?: string } };
      return [status, error?.reason].filter(Boolean).join(" ");
    },
    close: () => table.stop(),
  };
}
