import { setTimeout as sleep } from "node:timers/promises";
import type { AccessLogEntry } from "../../local/apigateway/rest/gateway.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { TABLE_NAME } from "../../local/table/table.ts";
import { type TenantStore, tenantStore } from "../../runtime/table/tenant-store.ts";
import type { ApiContext, ModelRequest } from "../oracle/naive-model.ts";
import { connect } from "./client.ts";
import { type FaultContext, injectFaults } from "./faults.ts";
import { buildPolicies, TENANT_HEADER } from "./files.ts";
import { createJudge, type Exchange } from "./judge.ts";
import { createOutages, type Outages } from "./outages.ts";
import { random } from "./random.ts";
import { createTally, type Tally } from "./tally.ts";
import { createTimeline } from "./timeline.ts";
import { createTokens, type MintedToken } from "./tokens.ts";
import { createTraffic, requestPath } from "./traffic.ts";
import { makeWorld, ROUTES, type World } from "./world.ts";

export interface PhaseOptions {
  readonly context: ApiContext;
  /** The first quarter has no faults. Faults and the time after them may take longer than the rest. */
  readonly seconds: number;
  readonly seed: number;
}

const TENANTS = 100;
const CONNECTIONS = 8;
const GATEWAY_TTL = 2;
const LAMBDA_TTL = 1;
/** The time that a cached response may have taken to create on a busy machine. */
const SLACK_MS = 2_000;

/** The time after the last change and its staleness in which every response must be exact. */
const EXACT_MS = 3_000;

/** Runs the local stack under traffic in one caching mode. Returns the counts. */
export async function runPhase(options: PhaseOptions): Promise<Tally> {
  const { context, seed } = options;
  const tally = createTally();
  const outages = createOutages(random(seed + 1), tally);
  const world = makeWorld(TENANTS, random(seed));
  const logged = new Map<string, AccessLogEntry>();
  const stack = await startStack({
    policies: [buildPolicies(world, context.selector)],
    cache: context.mode,
    ttl: GATEWAY_TTL,
    permissionsTtl: LAMBDA_TTL,
    port: 0,
    intercept: outages.intercept,
    onAccessLog: (entry) => logged.set(entry.requestId, entry),
  });
  try {
    await underTraffic(stack, world, logged, outages, options, tally);
  } finally {
    await stack.close();
  }
  return tally;
}

async function underTraffic(
  stack: Stack,
  world: World,
  logged: Map<string, AccessLogEntry>,
  outages: Outages,
  { context, seconds, seed }: PhaseOptions,
  tally: Tally,
): Promise<void> {
  const store = tenantStore({ client: stack.dynamodb, table: TABLE_NAME, who: "load" });
  await writeRunTime(world, store);
  const timeline = createTimeline(world, Date.now);
  const tokens = createTokens(stack.provider);
  const judge = createJudge(world, context, timeline, tally);
  const next = createTraffic(world, context, random(seed + 2));
  const staleness = (context.mode === "off" ? 0 : GATEWAY_TTL * 1_000) + LAMBDA_TTL * 1_000 + SLACK_MS;
  const end = { reached: false };
  const startedAt = Date.now();
  const traffic = Array.from({ length: CONNECTIONS }, () =>
    drive({ stack, next, tokens: tokens.of, logged, judge, tally, end }),
  );
  const faults = disturb(
    { stack, store, context, timeline, tokens, outages, random: random(seed + 3), tally, staleness },
    (seconds * 1_000) / 4,
  ).finally(() => (end.reached = true));
  await Promise.all([faults, ...traffic]);
  tally.count("milliseconds", Date.now() - startedAt);
}

/** Waits, injects faults, and waits again. Each takes `part` ms, or longer if needed. */
async function disturb(running: FaultContext, part: number): Promise<void> {
  await sleep(part);
  await injectFaults(running, Date.now() + part / 2);
  await sleep(Math.max(part, running.staleness + EXACT_MS));
}

async function writeRunTime({ tenants, memberships }: World, store: TenantStore): Promise<void> {
  for (const { id, plan, status, isRuntime } of tenants.values())
    if (isRuntime) await store.putTenant({ id, plan, status }, "load");
  for (const { tenant, subject, role } of memberships)
    await store.putMembership({ tenant, role, to: { subject, issuer: "main" } }, "load");
}

interface DriveOptions {
  readonly stack: Stack;
  readonly next: () => ModelRequest;
  readonly tokens: (identity: ModelRequest["identity"]) => Promise<MintedToken>;
  readonly logged: Map<string, AccessLogEntry>;
  readonly judge: (exchange: Exchange) => void;
  readonly tally: Tally;
  readonly end: { readonly reached: boolean };
}

let requests = 0;

/** Sends requests on one connection, one after another. */
async function drive({ stack, next, tokens, logged, judge, tally, end }: DriveOptions): Promise<void> {
  const connection = connect(stack.origin);
  while (!end.reached) {
    const request = next();
    const token = await tokens(request.identity);
    const id = `load-${requests++}`;
    const sentAt = Date.now();
    const headers = requestHeaders(request, token, id);
    const response = await connection.send(requestMethod(request), requestPath(request), headers);
    const entry = logged.get(id);
    logged.delete(id);
    tally.count("requests");
    if (entry !== undefined) tally.count(`authorizer cache: ${entry.authorizer?.cache ?? "no authorizer"}`);
    judge({ request, token, response, logged: entry, sentAt, receivedAt: Date.now() });
  }
  connection.close();
}

const requestMethod = ({ route }: ModelRequest): string =>
  route === undefined ? "GET" : (ROUTES[route]?.method ?? "");

const requestHeaders = (
  { selected }: ModelRequest,
  { text }: MintedToken,
  id: string,
): Record<string, string> => ({
  // The gateway uses a client's request id in its access log.
  "x-amzn-requestid": id,
  ...(text !== "" && { authorization: `Bearer ${text}` }),
  ...(selected !== undefined && { [TENANT_HEADER]: selected }),
});
