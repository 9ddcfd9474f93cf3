import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import { CATALOGUE_KEY, TENANT_PREFIX, TENANT_SORT_KEY } from "../../core/model/items.ts";
import { type LayoutData, readLayout, stageVariables } from "../../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { authorizerZip } from "../../packaging/bundle.ts";
import { unpackZip } from "../attacks/support/bundle-process.ts";
import { localEnvironment, TABLE_NAME } from "../support/configuration.ts";
import { event } from "../support/fixtures.ts";
import { buildPolicies } from "./files.ts";
import { createManyTokens, MEMORY_AUDIENCE } from "./many-tokens.ts";
import { type Random, random } from "./random.ts";
import { makeWorld } from "./world.ts";

/** The memory in use after distinct tokens, and what another tenant's requests cost. */
export interface MemoryResult {
  readonly tokens: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
  readonly points: readonly MemoryPoint[];
  /** For each part of the flood, because one percentile depends on when garbage is collected. */
  readonly otherTenant: readonly Percentiles[];
  /** The most memory that the process had at any time, in bytes. */
  readonly peak: number;
  readonly seconds: number;
}

/**
 * The 99th percentile of the CPU time of requests that are not part of a flood, in ms: between ordinary tokens, and between
 * those of the flood.
 */
export interface Percentiles {
  readonly otherwise: number;
  readonly meanwhile: number;
}

export interface MemoryPoint {
  readonly share: number;
  /** The bytes of the heap that are in use, after a garbage collection. */
  readonly bytes: number;
  /** The bytes of memory that the process has (RSS). */
  readonly resident: number;
}

/** The memory of the function, in MB. A process that takes more would be killed on Lambda. */
export const FUNCTION_MB = 256;

/** The most bytes by which the heap may grow after the first point, where all caches are full. */
export const MAX_GROWTH = 3_000_000;

/** The most bytes by which the process's memory may grow after the first point. The allocator keeps what it freed. */
export const MAX_RESIDENT_GROWTH = 50_000_000;

const SHARES = [0.5, 0.75, 1];
/** More than the authorizer caches. */
const TENANTS = 100_000;
/** The tokens that are sent together with one request of another tenant. */
const BATCH = 20;
const OTHER = "another-tenant";
/** The other tenant's requests that compile the code. */
const FIRST = 500;

/**
 * Calls the bundle with one event after another, as Lambda does, and measures it, without a TypeScript loader. A number in
 * place of a header advances the clock by as many ms.
 */
const RUNNER = `const real = Date.now;
let ahead = 0;
Date.now = () => real() + ahead;
const { handler } = require(process.argv[1]);
const event = JSON.parse(process.argv[2]);
async function call(header) {
  const before = process.cpuUsage();
  const sent = { ...event, headers: { Authorization: header }, multiValueHeaders: { Authorization: [header] } };
  const outcome = await handler(sent).then(({ context }) => "tenant " + context.tenantId, ({ message }) => message);
  const { user, system } = process.cpuUsage(before);
  return { outcome, ms: (user + system) / 1000 };
}
process.on("message", async (headers) => {
  if (headers.length > 0) {
    const calls = [];
    for (const header of headers)
      if (typeof header === "number") ahead += header;
      else calls.push(await call(header));
    return process.send(calls);
  }
  gc(); gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({ bytes: heapUsed + external, resident: rss, peak: process.resourceUsage().maxRSS * 1024 });
});`;

/** Sends distinct tokens through the authorizer's bundle in a process with the memory of a small function. */
export async function measureMemory(tokens: number, seed: number): Promise<MemoryResult> {
  const choices = random(seed);
  const policies = buildPolicies(makeWorld(20, choices), "claim");
  const compiled = compilePolicies([policies], "token", DEFAULT_LAYOUT_OPTIONS);
  const folder = unpackZip(await authorizerZip(compiled.layouts));
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const many = createManyTokens(choices, origin);
  const catalogue = (compiled.items.get("load") ?? []).filter(({ pk }) => pk === CATALOGUE_KEY);
  serve(server, { keys: many.keys, origin, catalogue: catalogue.map(marshallItem) });
  const issuers = { main: { url: origin, audiences: [MEMORY_AUDIENCE], algorithms: ["ES256"] } };
  const variables = stageVariables(readLayout(compiled.layouts.token as LayoutData));
  const child = spawnBundle(
    folder,
    variables,
    localEnvironment(origin, issuers, { PERMISSIONS_TTL_SECONDS: "3600" }),
  );
  try {
    return await flood(createCaller(child), many.next, choices, tokens);
  } finally {
    child.kill("SIGKILL");
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

/** Starts the bundle in a process with the memory of the function. */
export const spawnBundle = (
  folder: string,
  variables: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
): ChildProcess =>
  spawn(
    process.execPath,
    [
      "--expose-gc",
      `--max-old-space-size=${Math.floor(FUNCTION_MB * 0.9)}`,
      "-e",
      RUNNER,
      join(folder, "index.js"),
      JSON.stringify(event(undefined, { stageVariables: variables })),
    ],
    { env: { ...environment }, stdio: ["ignore", "ignore", "inherit", "ipc"] },
  );

export interface Call {
  readonly outcome: string;
  /** The CPU time, in ms: other processes on this machine do not change it. */
  readonly ms: number;
}

export interface BundleProcess {
  /** Calls the function for each header, one after another. A number advances its clock by as many ms. */
  send(headers: readonly (string | number)[]): Promise<readonly Call[]>;
  measure(): Promise<Omit<MemoryPoint, "share"> & { readonly peak: number }>;
}

export function createCaller(child: ChildProcess): BundleProcess {
  const ended = once(child, "exit").then(([status, signal]) => {
    throw new Error(`The function's process ended with ${status ?? signal}: it needs more than its memory`);
  });
  ended.catch(() => undefined);
  const ask = async (headers: readonly (string | number)[]): Promise<unknown> => {
    const answer = once(child, "message");
    child.send(headers);
    return (await Promise.race([answer, ended]))[0];
  };
  return {
    send: (headers) => ask(headers) as Promise<readonly Call[]>,
    measure: () => ask([]) as ReturnType<BundleProcess["measure"]>,
  };
}

/** A header, and the outcome that it must have. */
type Sent = readonly [header: string, wanted: string];

async function flood(
  { send, measure }: BundleProcess,
  next: ReturnType<typeof createManyTokens>["next"],
  choices: Random,
  tokens: number,
): Promise<MemoryResult> {
  const startedAt = Date.now();
  const outcomes: Record<string, number> = {};
  const wrong: string[] = [];
  const sendAll = async (batch: readonly Sent[]): Promise<readonly Call[]> => {
    const calls = await send(batch.map(([header]) => header));
    for (const [at, { outcome }] of calls.entries()) {
      const wanted = batch[at]?.[1];
      const kind = outcome.startsWith("tenant ") ? "allowed" : outcome;
      outcomes[kind] = (outcomes[kind] ?? 0) + 1;
      if (outcome !== wanted && wrong.length < 5) wrong.push(`${outcome} instead of ${wanted}`);
    }
    return calls;
  };
  const other: Sent = [next(OTHER, "plain").headers[0] ?? "", `tenant ${OTHER}`];
  /** Creates tokens, and one request of the other tenant at the end. */
  const makeBatch = (): Sent[] => [
    ...Array.from({ length: BATCH }, () => {
      const tenant = `tenant-${choices.whole(TENANTS)}`;
      const { headers, isValid } = next(tenant);
      return headers.map((header): Sent => [header, isValid ? `tenant ${tenant}` : "Unauthorized"]);
    }).flat(),
    other,
  ];
  const makeOrdinaryBatch = (): Sent[] => [
    ...Array.from({ length: BATCH }, (): Sent => [next(OTHER, "plain").headers[0] ?? "", other[1]]),
    other,
  ];
  /** Sends a batch, and returns the other tenant's request at its end. */
  const sendBatch = async (batch: readonly Sent[]): Promise<readonly Call[]> =>
    (await sendAll(batch)).slice(-1);
  await sendAll(Array<Sent>(FIRST).fill(other));
  const otherTenant: Percentiles[] = [];
  const points: MemoryPoint[] = [];
  let [sent, peak, batch] = [0, 0, makeBatch()];
  for (const share of SHARES) {
    const [otherwise, meanwhile]: [Call[], Call[]] = [[], []];
    for (; sent < share * tokens; sent += BATCH) {
      const calling = sendBatch(batch);
      batch = makeBatch();
      const calls = await calling;
      // In turn, while all caches are full, because a garbage collection takes longer with a larger heap.
      if (share === SHARES[0]) continue;
      meanwhile.push(...calls);
      if (sent % (2 * BATCH) === 0) otherwise.push(...(await sendBatch(makeOrdinaryBatch())));
    }
    const measured = await measure();
    peak = measured.peak;
    if (meanwhile.length > 0)
      otherTenant.push({ otherwise: percentile99(otherwise), meanwhile: percentile99(meanwhile) });
    points.push({ share, bytes: measured.bytes, resident: measured.resident });
  }
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  return { tokens: sent, outcomes, wrong, points, otherTenant, peak, seconds };
}

export const percentile99 = (all: readonly Call[]): number =>
  all.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(all.length * 0.99)] ?? Number.NaN;

/** Serves the issuer's documents, and a table with every requested tenant and no memberships or revocations. */
function serve(
  server: Server,
  { keys, origin, catalogue }: { keys: readonly unknown[]; origin: string; catalogue: readonly unknown[] },
): void {
  const respond = async (request: IncomingMessage): Promise<unknown> => {
    if (request.url === "/jwks.json") return { keys };
    if (request.method === "GET") return { issuer: origin, jwks_uri: `${origin}/jwks.json` };
    const { RequestItems, ExpressionAttributeValues: values } = (await json(request)) as TableRequest;
    if (RequestItems === undefined) return { Items: values?.[":pk"]?.S === CATALOGUE_KEY ? catalogue : [] };
    const found = RequestItems[TABLE_NAME]?.Keys.filter(({ sk }) => sk.S === TENANT_SORT_KEY) ?? [];
    return { Responses: { [TABLE_NAME]: found.map(({ pk }) => tenantItem(pk.S)) }, UnprocessedKeys: {} };
  };
  server.on("request", (request, response) => {
    respond(request).then(
      (body) => response.end(JSON.stringify(body)),
      () => response.destroy(),
    );
  });
}

export interface TableRequest {
  readonly RequestItems?: Record<
    string,
    { readonly Keys: readonly Readonly<Record<"pk" | "sk", { readonly S: string }>>[] }
  >;
  readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S: string }>>;
}

function tenantItem(pk: string): unknown {
  const id = pk.slice(TENANT_PREFIX.length);
  const common = { pk, sk: TENANT_SORT_KEY, v: 1, generation: "g1", status: "active", plan: "team" };
  return marshallItem({ ...common, id, hash: `hash-of-${id}` });
}
