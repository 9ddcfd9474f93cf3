import type { AuthorizerResponse } from "../../../core/policy/authorizer-response.ts";
import { createAuthorizer } from "../../../lambdas/authorizer/create-authorizer.ts";
import { jsonGetter } from "../../../runtime/jwt/https-getter.ts";
import type { IssuerConfig } from "../../../runtime/jwt/issuer-config.ts";
import { dynamodbClient } from "../../../runtime/table/dynamodb-client.ts";
import { dynamodbReader } from "../../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { keyRefreshes } from "../../../runtime/telemetry/key-refreshes.ts";
import { embeddedMetrics } from "../../../runtime/telemetry/metrics.ts";
import { localTrust, TABLE_NAME, type TrustChanges, tableConfig } from "../../support/configuration.ts";
import { clock, event, LAYOUT } from "../../support/fixtures.ts";

export type Line = Readonly<Record<string, unknown>>;

/** The status that API Gateway derives from the authorizer's result, and the log line of the decision. */
export interface Outcome {
  readonly status: number;
  readonly line: Line;
}

export interface HarnessOptions {
  readonly issuerUrl: string;
  readonly tableEndpoint: string;
  /** The issuer's signature algorithms; RS256 by default. */
  readonly algorithms?: readonly string[];
  /** The issuer's other settings. The function then makes its own GETs, with its own limits. */
  readonly issuer?: Partial<IssuerConfig>;
  /** Changes of the other settings of trust. */
  readonly trust?: Omit<TrustChanges, "issuers">;
  readonly ttlSeconds?: number;
  readonly staleSeconds?: number;
  /** The timeout of one GET request to the issuer, in ms. */
  readonly getTimeout?: number;
  /** The deadline of one read of the table, in ms. */
  readonly readDeadline?: number;
}

/** Creates an authorizer with real sockets to an issuer and a table, and a clock that only `advance` moves. */
export function harness(options: HarnessOptions) {
  const { now, advance } = clock();
  const lines: Line[] = [];
  const { issuerUrl, algorithms = ["RS256"], ttlSeconds = 30, staleSeconds = 0 } = options;
  const refreshes = keyRefreshes();
  const client = dynamodbClient(tableConfig(options.tableEndpoint));
  const authorizer = createAuthorizer({
    trust: localTrust({ ...options.trust, issuers: [{ url: issuerUrl, algorithms, ...options.issuer }] }),
    layout: LAYOUT,
    table: permissionsTable({
      reader: dynamodbReader(client, TABLE_NAME, options.readDeadline),
      ttlSeconds,
      staleSeconds,
      now,
    }),
    now,
    log: (line) => lines.push(JSON.parse(line) as Line),
    ...(options.issuer === undefined && {
      getJson: jsonGetter({ timeout: options.getTimeout ?? 1_500, maxBytes: 20_000 }),
    }),
    metrics: embeddedMetrics({ functionName: "authorizer-under-test", metrics: "off", refreshes }),
    onKeyRefresh: refreshes.count,
  });
  const send = async (token: string): Promise<Outcome> => {
    const before = lines.length;
    const status = await toStatus(() => authorizer(event(`Bearer ${token}`)));
    return { status, line: lines[before] ?? {} };
  };
  return { send, advance, now, lines, close: () => client.destroy() };
}

async function toStatus(decide: () => ReturnType<ReturnType<typeof createAuthorizer>>): Promise<number> {
  try {
    const { policyDocument } = (await decide()) as AuthorizerResponse;
    return policyDocument.Statement.some(({ Effect }) => Effect === "Allow") ? 200 : 403;
  } catch (error) {
    return error instanceof Error && error.message === "Unauthorized" ? 401 : 500;
  }
}
