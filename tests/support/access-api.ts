import type { AccessSettings } from "../../core/model/access-settings.ts";
import { issuerName } from "../../core/model/ids.ts";
import type { Layout } from "../../core/model/layout.ts";
import { createAccess } from "../../lambdas/authorizer/access.ts";
import type { ProxyResponse } from "../../lambdas/authorizer/access-response.ts";
import { createAuthorizer } from "../../lambdas/authorizer/create-authorizer.ts";
import { createDecider } from "../../lambdas/authorizer/create-decider.ts";
import type { IssuerConfig } from "../../runtime/jwt/issuer-config.ts";
import type { ItemReader } from "../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../runtime/table/permissions-table.ts";
import { localTrust } from "./configuration.ts";
import { clock, event, LAYOUT } from "./fixtures.ts";

export const ACCESS: AccessSettings = {
  path: "/access",
  permissions: {
    "GET /documents/{documentId}": "documents.read",
    "DELETE /documents/{documentId}": "documents.purge",
  },
  errors: {
    401: { code: "UNAUTHORIZED", message: "Send a token" },
    403: { code: "ACCESS_DENIED", message: "Not allowed" },
    500: { code: "AUTHORIZER_FAILURE", message: "Try again" },
  },
};

interface AccessApiOptions {
  readonly reader: ItemReader;
  readonly issuers: Readonly<Record<string, Pick<IssuerConfig, "url"> & Partial<IssuerConfig>>>;
  readonly layout?: Layout;
  readonly settings?: AccessSettings;
  readonly origins?: readonly string[] | null;
  readonly time?: ReturnType<typeof clock>;
}

/** An authorizer and the handler of the access route, which share the verifier, the table and the caches. */
export function accessApi({
  reader,
  issuers,
  layout = LAYOUT,
  settings = ACCESS,
  origins = ["*"],
  time = clock(),
}: AccessApiOptions) {
  const lines: string[] = [];
  const { now } = time;
  const parts = {
    trust: localTrust({
      issuers: Object.entries(issuers).map(([name, issuer]) => ({ ...issuer, name: issuerName(name) })),
    }),
    layout,
    table: permissionsTable({ reader, ttlSeconds: 30, now }),
    now,
    log: (line: string) => void lines.push(line),
  };
  const decider = createDecider(parts);
  const answer = createAccess(parts, decider, settings, origins);
  return {
    lines,
    authorizer: createAuthorizer(parts, decider),
    /** Sends `GET /access`. A header with several values is sent several times. */
    get: (headers: Readonly<Record<string, string | readonly string[]>>): Promise<ProxyResponse> =>
      answer(proxyEvent(headers), CONTEXT),
  };
}

export const CONTEXT = {
  invokedFunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:authorizer:layout-abc123",
};

/** Builds the event of a REST API's proxy integration for `GET /access`. */
export function proxyEvent(sent: Readonly<Record<string, string | readonly string[]>>) {
  const { type: _, methodArn: _arn, ...request } = event(undefined);
  const multiValueHeaders = Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [name, typeof value === "string" ? [value] : [...value]]),
  );
  const headers = Object.fromEntries(
    Object.entries(multiValueHeaders).map(([name, values]) => [name, values.at(-1) ?? ""]),
  );
  return {
    ...request,
    headers,
    multiValueHeaders,
    resource: "/access",
    path: "/access",
    pathParameters: null,
    body: null,
    isBase64Encoded: false,
    requestContext: {
      ...request.requestContext,
      accountId: "123456789012",
      apiId: "abcdef",
      stage: "prod",
    },
  } as never;
}
