import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { vi } from "vitest";
import { issuerName } from "../../../core/model/ids.ts";
import type { Item } from "../../../core/model/items.ts";
import type { AuthorizerResponse } from "../../../core/policy/authorizer-response.ts";
import { createAuthorizer } from "../../../lambdas/authorizer/create-authorizer.ts";
import type { Authorizer } from "../../../lambdas/authorizer/handle-request.ts";
import { createFunction } from "../../../local/lambda/function.ts";
import { authorizerZip } from "../../../packaging/bundle.ts";
import type { GetJson } from "../../../runtime/jwt/https-getter.ts";
import type { IssuerConfig } from "../../../runtime/jwt/issuer-config.ts";
import type { ItemReader } from "../../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { naivelyAllows } from "../../oracle/naive-policy.ts";
import { startTable, tableConfig } from "../../support/fake-table.ts";
import { LAYOUT, LAYOUT_DATA } from "../../support/fixtures.ts";

export type Event = APIGatewayRequestAuthorizerEvent;

/** What becomes of a request, and what the log says of it. */
export interface Outcome {
  readonly status: 200 | 401 | 403 | 500;
  /** The code of a 401 or 500, the reason of a 403. */
  readonly code: string | undefined;
  readonly answer: AuthorizerResponse | undefined;
  readonly line: Readonly<Record<string, unknown>> | undefined;
}

/** The issuers that an authorizer trusts, and the items of its table. */
interface Ground {
  readonly issuers: Readonly<
    Record<string, Omit<IssuerConfig, "name" | "jwksUri"> & { readonly jwksUri?: string }>
  >;
  readonly items: readonly Item[];
}

/** An authorizer, whole: an event in, an answer or a thrown error out. */
export interface Front {
  ask(event: Event): Promise<Outcome>;
  stop(): Promise<void>;
}

type Settled = { readonly answer: AuthorizerResponse } | { readonly thrown: string };

interface SourceOptions {
  readonly now?: () => number;
  readonly reader?: ItemReader;
  readonly getJson?: GetJson;
}

/** The source, in this process, with its items in memory, and the lines that it logs. */
export function sourceAuthorizer(
  ground: Ground,
  { now = Date.now, reader = readerOf(ground.items), getJson }: SourceOptions = {},
): { readonly authorizer: Authorizer; readonly lines: string[] } {
  const lines: string[] = [];
  const authorizer = createAuthorizer({
    trust: {
      issuers: Object.entries(ground.issuers).map(([name, issuer]) => ({
        name: issuerName(name),
        jwksUri: undefined,
        ...issuer,
      })),
      clockToleranceSeconds: 30,
      keysStaleSeconds: 0,
      local: true,
    },
    layout: LAYOUT,
    table: permissionsTable({ reader, ttlSeconds: 30, now }),
    now,
    log: (line) => lines.push(line),
    ...(getJson && { getJson }),
  });
  return { authorizer, lines };
}

/** The source as a front. */
export function sourceFront(ground: Ground, options: SourceOptions = {}): Front {
  const { authorizer, lines } = sourceAuthorizer(ground, options);
  const ask = async (event: Event): Promise<Outcome> => {
    const settled = await authorizer(event).then(
      (answer): Settled => ({ answer: answer as AuthorizerResponse }),
      (error: unknown): Settled => ({ thrown: error instanceof Error ? error.message : "no Error" }),
    );
    return outcomeOf(settled, event, lines.at(-1));
  };
  return { ask, stop: () => Promise.resolve() };
}

/** The very bundle that is uploaded, in a Lambda environment of its own, against a table on loopback. */
export async function bundleFront(ground: Ground): Promise<Front> {
  const table = await startTable(ground.items);
  const { credentials, region, tableName } = tableConfig(table.endpoint);
  const lines: string[] = [];
  const bundle = createFunction({
    name: "attacked",
    zip: await authorizerZip({ token: LAYOUT_DATA }),
    environment: {
      TABLE_NAME: tableName,
      CACHING_MODE: "token",
      PORTCULLIS_LOCAL: "1",
      ISSUERS: JSON.stringify(ground.issuers),
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    },
    timeoutMs: 30_000,
    maxConcurrency: 1,
    onLog: (line) => lines.push(line),
  });
  let asked = 0;
  const ask = async (event: Event): Promise<Outcome> => {
    const extendedRequestId = `attack-${++asked}`;
    const result = await bundle.invoke({
      ...event,
      requestContext: { ...event.requestContext, extendedRequestId },
    });
    const line = await vi.waitFor(() => {
      const found = lines.find((text) => text.includes(`"${extendedRequestId}"`));
      if (found === undefined) throw new Error("The bundle has written no line");
      return found;
    });
    return outcomeOf(
      result.ok ? { answer: result.payload as AuthorizerResponse } : { thrown: result.error.errorMessage },
      event,
      line,
    );
  };
  return { ask, stop: async () => void (await Promise.all([bundle.close(), table.stop()])) };
}

function outcomeOf(settled: Settled, { methodArn }: Event, text: string | undefined): Outcome {
  const line = text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
  const [code, reason] = ["code", "reason"].map((name) =>
    typeof line?.[name] === "string" ? line[name] : undefined,
  );
  if ("thrown" in settled)
    return { status: settled.thrown === "Unauthorized" ? 401 : 500, code, answer: undefined, line };
  const { answer } = settled;
  const allowed = naivelyAllows(answer.policyDocument, methodArn);
  return { status: allowed ? 200 : 403, code: allowed ? undefined : reason, answer, line };
}

/** A table in memory that holds some items. */
export const readerOf = (items: readonly Item[]): ItemReader => ({
  catalogue: () => Promise.resolve(items.filter(({ pk }) => pk === "CATALOGUE")),
  items: (keys) =>
    Promise.resolve(
      items.filter((item) => keys.some(({ pk, sk }) => item["pk"] === pk && item["sk"] === sk)),
    ),
});
