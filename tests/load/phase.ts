import { setTimeout as sleep } from "node:timers/promises";
import type { AccessLogEntry } from "../../local/apigateway/rest/gateway.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { TABLE_NAME } from "../../local/table/table.ts";
import { type TenantStore, tenantStore } from "../../runtime/table/tenant-store.ts";
import type { ApiContext, ModelRequest } from "../oracle/naive-model.ts";
import { connect } from "./client.ts";
import { injectFaults, type Running } from "./faults.ts";
import { policiesOf, TENANT_HEADER } from "./files.ts";
import { createJudge, type Exchanged } from "./judge.ts";
import { createOutages, type Outages } from "./outages.ts";
import { random } from "./random.ts";
import { createTally, type Tally } from "./tally.ts";
import { timeline } from "./timeline.ts";
import { createTokens, type MintedToken } from "./tokens.ts";
import { createTraffic, pathOf } from "./traffic.ts";
import { makeWorld, ROUTES, type World } from "./world.ts";

export interface PhaseOptions {
  readonly around: ApiContext;
  /** A quarter is calm; faults and the time until all is exact again take their own. */
  readonly seconds: number;
  readonly seed: number;
}

const TENANTS = 100;
const CONNECTIONS = 8;
const GATEWAY_TTL = 2;
const LAMBDA_TTL = 1;
/** An answer that was cached took a while to make, on a busy machine. */
const SLACK_MS = 2_000;

/** In which all must be exact again, once the last change may not go unseen any more. */
const EXACT_MS = 3_000;

/** Runs the local stack under traffic in one caching mode. Resolves to what was counted. */
export async function runPhase(options: PhaseOptions): Promise<Tally> {
  const { around, seed } = options;
  const tally = createTally();
  const outages = createOutages(random(seed + 1), tally);
  const world = makeWorld(TENANTS, random(seed));
  const logged = new Map<string, AccessLogEntry>();
  const stack = await startStack({
    policies: [policiesOf(world, around.selector)],
    cache: around.mode,
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
  { around, seconds, seed }: PhaseOptions,
  tally: Tally,
): Promise<void> {
  const store = tenantStore({ client: stack.dynamodb, table: TABLE_NAME, who: "load" });
  await writeRunTime(world, store);
  const line = timeline(world, Date.now);
  const tokens = createTokens(stack.provider);
  const judge = createJudge(world, around, line, tally);
  const next = createTraffic(world, around, random(seed + 2));
  const staleness = (around.mode === "off" ? 0 : GATEWAY_TTL * 1_000) + LAMBDA_TTL * 1_000 + SLACK_MS;
  const end = { reached: false };
  const startedAt = Date.now();
  const traffic = Array.from({ length: CONNECTIONS }, () =>
    drive({ stack, next, tokens: tokens.of, logged, judge, tally, end }),
  );
  const faults = disturb(
    { stack, store, around, line, tokens, outages, random: random(seed + 3), tally, staleness },
    (seconds * 1_000) / 4,
  ).finally(() => (end.reached = true));
  await Promise.all([faults, ...traffic]);
  tally.count("milliseconds", Date.now() - startedAt);
}

/** Calm, faults, calm again, a part each or as long as it takes; `part` in ms. */
async function disturb(running: Running, part: number): Promise<void> {
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

interface Drive {
  readonly stack: Stack;
  readonly next: () => ModelRequest;
  readonly tokens: (identity: ModelRequest["identity"]) => Promise<MintedToken>;
  readonly logged: Map<string, AccessLogEntry>;
  readonly judge: (exchanged: Exchanged) => void;
  readonly tally: Tally;
  readonly end: { readonly reached: boolean };
}

let requests = 0;

/** One connection's requests, one after the other. */
async function drive({ stack, next, tokens, logged, judge, tally, end }: Drive): Promise<void> {
  const connection = connect(stack.origin);
  while (!end.reached) {
    const request = next();
    const token = await tokens(request.identity);
    const id = `load-${requests++}`;
    const sentAt = Date.now();
    const answer = await connection.send(methodOf(request), pathOf(request), headersOf(request, token, id));
    const entry = logged.get(id);
    logged.delete(id);
    tally.count("requests");
    if (entry !== undefined) tally.count(`authorizer cache: ${entry.authorizer?.cache ?? "no authorizer"}`);
    judge({ request, token, answer, logged: entry, sentAt, answeredAt: Date.now() });
  }
  connection.close();
}

const methodOf = ({ route }: ModelRequest): string =>
  route === undefined ? "GET" : (ROUTES[route]?.method ?? "");

const headersOf = (
  { selected }: ModelRequest,
  { text }: MintedToken,
  id: string,
): Record<string, string> => ({
  // The gateway takes a client's request id into its access log.
  "x-amzn-requestid": id,
  ...(text !== "" && { authorization: `Bearer ${text}` }),
  ...(selected !== undefined && { [TENANT_HEADER]: selected }),
});
