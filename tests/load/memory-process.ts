import type { Item } from "../../core/model/items.ts";
import { CATALOGUE_KEY, TENANT_PREFIX, TENANT_SORT_KEY } from "../../core/model/items.ts";
import { type LayoutData, readLayout, stageVariables } from "../../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { createAuthorizer } from "../../lambdas/authorizer/create-authorizer.ts";
import { readAuthorizerOutput } from "../../local/apigateway/shared/authorizer-output.ts";
import { createResultCache } from "../../local/apigateway/shared/result-cache.ts";
import type { ItemReader } from "../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../runtime/table/permissions-table.ts";
import { localTrust } from "../support/configuration.ts";
import { event } from "../support/fixtures.ts";
import { buildPolicies } from "./files.ts";
import { createManyTokens, MEMORY_AUDIENCE, MEMORY_ISSUER } from "./many-tokens.ts";
import type { MemoryResult } from "./memory.ts";
import { random } from "./random.ts";
import { makeWorld } from "./world.ts";

// memory.ts runs this file with --expose-gc and a small heap. It sends distinct tokens to an authorizer with the
// gateway's cache.
const [tokens = 0, seed = 0] = process.argv.slice(2).map(Number);
const SHARES = [0.5, 0.75, 1];
/** More than the authorizer caches. */
const TENANTS = 100_000;
/** Signatures are verified in other threads, so tokens are created in the meantime. */
const CONCURRENCY = 20;

const choices = random(seed);
const world = makeWorld(20, choices);
const compiled = compilePolicies([buildPolicies(world, "claim")], "token", DEFAULT_LAYOUT_OPTIONS);
const layout = readLayout(compiled.layouts.token as LayoutData);
const variables = stageVariables(layout);
const many = createManyTokens(choices);
const results = createResultCache(Date.now);

/** Returns every requested tenant, and no memberships or revocations. */
const reader: ItemReader = {
  catalogue: async () =>
    (compiled.items.get("load") ?? []).filter((item) => item["pk"] === CATALOGUE_KEY) as Item[],
  items: async (keys) =>
    keys
      .filter(({ sk }) => sk === TENANT_SORT_KEY)
      .map(({ pk, sk }) => {
        const id = pk.slice(TENANT_PREFIX.length);
        return { pk, sk, v: 1, id, hash: `hash-of-${id}`, status: "active", plan: "team", generation: "g1" };
      }),
};

const authorizer = createAuthorizer({
  layout,
  table: permissionsTable({ reader, ttlSeconds: 3_600, now: Date.now }),
  now: Date.now,
  log: () => undefined,
  getJson: async (url) =>
    url.endsWith("/jwks.json")
      ? { keys: many.keys }
      : { issuer: MEMORY_ISSUER, jwks_uri: `${MEMORY_ISSUER}/jwks.json` },
  trust: localTrust({
    issuers: [{ url: MEMORY_ISSUER, audiences: [MEMORY_AUDIENCE], algorithms: ["ES256"] }],
  }),
});

/** Returns the tenant in the authorizer response, or the error message. */
async function authorize(header: string): Promise<string> {
  try {
    const output = readAuthorizerOutput(await authorizer(event(header, { stageVariables: variables })));
    if (typeof output === "string") return output;
    results.set(JSON.stringify(["portcullis_g1", header]), output, 60);
    return `tenant ${output.context["tenantId"]}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error("Node was started without --expose-gc");
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const outcomes: Record<string, number> = {};
const wrong: string[] = [];
const points: { share: number; bytes: number; resident: number }[] = [];
const startedAt = Date.now();

async function sendOne(): Promise<void> {
  const tenant = `tenant-${choices.whole(TENANTS)}`;
  const { headers, isValid } = many.next(tenant);
  const wanted = isValid ? `tenant ${tenant}` : "Unauthorized";
  for (const header of headers) {
    const outcome = await authorize(header);
    const kind = outcome.startsWith("tenant ") ? "allowed" : outcome;
    outcomes[kind] = (outcomes[kind] ?? 0) + 1;
    if (outcome !== wanted && wrong.length < 5) wrong.push(`${outcome} instead of ${wanted}`);
  }
}

let sent = 0;
for (const share of SHARES) {
  const until = share * tokens;
  for (; sent < until; sent += CONCURRENCY) await Promise.all(Array.from({ length: CONCURRENCY }, sendOne));
  points.push({ share, bytes: heapBytes(), resident: process.memoryUsage.rss() });
}
const result: MemoryResult = {
  tokens: sent,
  outcomes,
  wrong,
  points,
  seconds: Math.round((Date.now() - startedAt) / 1_000),
};
process.stdout.write(JSON.stringify(result));
