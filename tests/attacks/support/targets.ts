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
import { naivelyAllows } from "../../oracle/naive-matcher.ts";
import { localEnvironment, localTrust } from "../../support/configuration.ts";
import { startTable } from "../../support/fake-table.ts";
import { LAYOUT, LAYOUT_DATA } from "../../support/fixtures.ts";

export type Event = APIGatewayRequestAuthorizerEvent;

/** The result of a request, and its line in the log. */
export interface Outcome {
  readonly status: 200 | 401 | 403 | 500;
  /** The code of a 401 or 500, or the reason of a 403. */
  readonly code: string | undefined;
  readonly response: AuthorizerResponse | undefined;
  readonly line: Readonly<Record<string, unknown>> | undefined;
}

/** The issuers that an authorizer trusts, and the items of its table. */
interface Setup {
  readonly issuers: Readonly<
    Record<string, Omit<IssuerConfig, "name" | "jwksUri"> & { readonly jwksUri?: string }>
  >;
  readonly items: readonly Item[];
}

/** A whole authorizer: it takes an event, and returns a response or throws an error. */
export interface Target {
  send(event: Event): Promise<Outcome>;
  stop(): Promise<void>;
}

type Settled = { readonly response: AuthorizerResponse } | { readonly thrown: string };

interface SourceOptions {
  readonly now?: () => number;
  readonly reader?: ItemReader;
  /** The TTL of the permissions, in seconds, and how much longer they may be served in an outage. */
  readonly ttlSeconds?: number;
  readonly staleSeconds?: number;
  readonly getJson?: GetJson;
}

/** Creates the authorizer from the source, in this process, with its items in memory. Returns its log lines too. */
export function sourceAuthorizer(
  setup: Setup,
  options: SourceOptions = {},
): { readonly authorizer: Authorizer; readonly lines: string[] } {
  const { now = Date.now, reader = inMemoryReader(setup.items), getJson } = options;
  const { ttlSeconds = 30, staleSeconds = 0 } = options;
  const lines: string[] = [];
  const authorizer = createAuthorizer({
    trust: localTrust({
      issuers: Object.entries(setup.issuers).map(([name, issuer]) => ({ name: issuerName(name), ...issuer })),
      keysStaleSeconds: 0,
    }),
    layout: LAYOUT,
    table: permissionsTable({ reader, ttlSeconds, staleSeconds, now }),
    now,
    log: (line) => lines.push(line),
    ...(getJson && { getJson }),
  });
  return { authorizer, lines };
}

/** Creates a target from the source. */
export function sourceTarget(setup: Setup, options: SourceOptions = {}): Target {
  const { authorizer, lines } = sourceAuthorizer(setup, options);
  const send = async (event: Event): Promise<Outcome> => {
    const settled = await authorizer(event).then(
      (response): Settled => ({ response: response as AuthorizerResponse }),
      (error: unknown): Settled => ({ thrown: error instanceof Error ? error.message : "no Error" }),
    );
    return toOutcome(settled, event, lines.at(-1));
  };
  return { send, stop: () => Promise.resolve() };
}

/** Creates a target from the bundle that is uploaded, in a Lambda environment of its own, with a table on loopback. */
export async function bundleTarget(setup: Setup): Promise<Target> {
  const table = await startTable(setup.items);
  const lines: string[] = [];
  const bundle = createFunction({
    name: "attacked",
    zip: await authorizerZip({ token: LAYOUT_DATA }),
    environment: localEnvironment(table.endpoint, setup.issuers),
    timeoutMs: 30_000,
    maxConcurrency: 1,
    onLog: (line) => lines.push(line),
  });
  let count = 0;
  const send = async (event: Event): Promise<Outcome> => {
    const extendedRequestId = `attack-${++count}`;
    const result = await bundle.invoke({
      ...event,
      requestContext: { ...event.requestContext, extendedRequestId },
    });
    const line = await vi.waitFor(() => {
      const found = lines.find((one) => one.includes(`"${extendedRequestId}"`));
      if (found === undefined) throw new Error("The bundle has not written a log line");
      return found;
    });
    return toOutcome(
      result.ok ? { response: result.payload as AuthorizerResponse } : { thrown: result.error.errorMessage },
      event,
      line,
    );
  };
  return { send, stop: async () => void (await Promise.all([bundle.close(), table.stop()])) };
}

function toOutcome(settled: Settled, { methodArn }: Event, text: string | undefined): Outcome {
  const line = text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
  const [code, reason] = ["code", "reason"].map((name) =>
    typeof line?.[name] === "string" ? line[name] : undefined,
  );
  if ("thrown" in settled)
    return { status: settled.thrown === "Unauthorized" ? 401 : 500, code, response: undefined, line };
  const { response } = settled;
  const allowed = naivelyAllows(response.policyDocument, methodArn);
  return { status: allowed ? 200 : 403, code: allowed ? undefined : reason, response, line };
}

/** Creates an in-memory table of these items. */
export const inMemoryReader = (items: readonly Item[]): ItemReader => ({
  catalogue: (partition = "CATALOGUE") => Promise.resolve(items.filter(({ pk }) => pk === partition)),
  items: (keys) =>
    Promise.resolve(
      items.filter((item) => keys.some(({ pk, sk }) => item["pk"] === pk && item["sk"] === sk)),
    ),
});
