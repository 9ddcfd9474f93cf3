import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import {
  CATALOGUE_KEY,
  directoryKey,
  ISSUER_SORT_KEY,
  type Item,
  tenantKey,
} from "../../core/model/items.ts";
import { type LayoutData, readLayout, stageVariables } from "../../core/model/layout.ts";
import { itemKey } from "../../core/policy-files/compile/permission-items.ts";
import { authorizerZip } from "../../packaging/bundle.ts";
import { issuerPartition, UNVERIFIED_READS } from "../../runtime/jwt/table-issuers.ts";
import { unpackZip } from "../attacks/support/bundle-process.ts";
import { buildOf } from "../support/compiled.ts";
import { localEnvironment, TABLE_NAME } from "../support/configuration.ts";
import { BASE, itemsWith, policiesOf } from "../support/policy-files.ts";
import {
  type BundleProcess,
  type Call,
  createCaller,
  type MemoryPoint,
  type Percentiles,
  percentile99,
  spawnBundle,
  type TableRequest,
} from "./memory.ts";

const AUDIENCE = "load";
/** The issuers that send valid tokens during the flood, and are in the cache. */
const HOT = 200;
/** How many tokens of unknown issuers are sent together with one measured request. */
const BATCH = 20;
/** The time that passes with each unknown issuer, in ms of the function's clock. */
const PAUSE = 1;
const SHARES = [0.5, 0.75, 1];

/** What the flood of unknown issuers cost. */
export interface IssuersResult {
  readonly issuers: number;
  readonly unknown: number;
  readonly wrong: readonly string[];
  readonly outcomes: Readonly<Record<string, number>>;
  /** The reads of unknown issuers during the flood, the most that are allowed, and the reads of known issuers. */
  readonly reads: { readonly unknown: number; readonly allowed: number; readonly known: number };
  readonly points: readonly MemoryPoint[];
  readonly peak: number;
  /** For each part of the flood, because one percentile depends on when garbage is collected. */
  readonly known: readonly Percentiles[];
  readonly seconds: number;
}

interface KnownIssuer {
  readonly url: string;
  readonly tenant: string;
  readonly key: KeyObject;
  readonly items: readonly Item[];
}

/**
 * Sends a token of each of many issuers through the authorizer's bundle in a process with the memory of a small function:
 * half of them have a URL in the files, the others are directories of tenants. Then sends tokens of unknown issuers, which
 * match a listed host or the URL of directories, and those of known issuers that another one signed.
 */
export async function measureIssuers(issuers: number, unknown: number): Promise<IssuersResult> {
  const startedAt = Date.now();
  const folder = await buildFolder();
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const known = Array.from({ length: issuers }, (_, index) => createIssuer(origin, index));
  const counted = serve(server, known);
  const trusted = { pools: { url: `${origin}/d/{pool}`, audiences: [AUDIENCE], algorithms: ["ES256"] } };
  const environment = { PERMISSIONS_TTL_SECONDS: "3600", ISSUER_HOSTS: "127.0.0.1" };
  const child = spawnBundle(folder.path, folder.variables, localEnvironment(origin, trusted, environment));
  try {
    const result = await run(createCaller(child), { known, unknown, origin, counted });
    return { ...result, issuers, unknown, seconds: Math.round((Date.now() - startedAt) / 1_000) };
  } finally {
    child.kill("SIGKILL");
    server.closeAllConnections();
    server.close();
    rmSync(folder.path, { recursive: true });
  }
}

const FILES = {
  ...BASE,
  "issuers.yaml": `own: { preset: generic, tenants: [acme], url: https://login.example.com, audiences: [${AUDIENCE}], algorithms: [ES256] }
pools: { preset: generic, tenants: by_directory }
`,
};

async function buildFolder() {
  const { compiled, layout } = buildOf(policiesOf(FILES), "token");
  const variables = stageVariables(readLayout(layout as LayoutData));
  return { path: unpackZip(await authorizerZip(compiled.layouts)), variables };
}

const COMPILED = itemsWith(FILES);
const OWN = COMPILED.find(({ sk }) => sk === ISSUER_SORT_KEY) ?? {};
const TENANT = COMPILED.find(({ sk }) => sk === "TENANT") ?? {};

function createIssuer(origin: string, index: number): KnownIssuer {
  const { privateKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [tenant, isDirectory] = [`t${index}`, index % 2 === 1];
  const url = `${origin}/${isDirectory ? "d" : "i"}/x${index}`;
  const trust = { ...(OWN["trust"] as object), url, jwksUri: `${url}/jwks` };
  return {
    url,
    tenant,
    key,
    items: [
      {
        ...TENANT,
        pk: tenantKey(tenant),
        id: tenant,
        generation: "g1",
        ...(isDirectory && { directories: { pools: `x${index}` } }),
      },
      isDirectory
        ? { ...directoryKey("pools", `x${index}`), v: 1, hash: "h", tenant }
        : { ...OWN, pk: issuerPartition(url), name: `own-${index}`, tenants: [tenant], trust },
    ],
  };
}

/** The reads of items that find an issuer, by whether there is one. */
interface Reads {
  known: number;
  unknown: number;
}

/** Serves the table and the issuers' documents, and counts the reads. */
function serve(server: Server, known: readonly KnownIssuer[]): Reads {
  const items = new Map(known.flatMap((issuer) => issuer.items).map((item) => [itemKey(item), item]));
  const byUrl = new Map(known.map((issuer) => [new URL(issuer.url).pathname, issuer]));
  const catalogue = COMPILED.filter(({ pk }) => pk === CATALOGUE_KEY).map(marshallItem);
  const counted = { known: 0, unknown: 0 };
  const documents = (path: string): unknown => {
    const [, base = "", document] = /^(.*?)\/(jwks|\.well-known\/openid-configuration)$/.exec(path) ?? [];
    const issuer = byUrl.get(base);
    if (issuer === undefined) throw new Error("not found");
    if (document !== "jwks") return { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` };
    return { keys: [{ ...issuer.key.export({ format: "jwk" }), d: undefined, kid: "k1", alg: "ES256" }] };
  };
  const respond = async (request: IncomingMessage): Promise<unknown> => {
    if (request.method === "GET") return documents(request.url ?? "");
    const { RequestItems, ExpressionAttributeValues: values } = (await json(request)) as TableRequest;
    if (RequestItems === undefined) return { Items: values?.[":pk"]?.S === CATALOGUE_KEY ? catalogue : [] };
    const found = (RequestItems[TABLE_NAME]?.Keys ?? []).flatMap(({ pk, sk }) => {
      const item = items.get(itemKey({ pk: pk.S, sk: sk.S }));
      if (/^(ISSUER|DIRECTORY)#/.test(pk.S)) counted[item === undefined ? "unknown" : "known"]++;
      return item === undefined ? [] : [marshallItem(item)];
    });
    return { Responses: { [TABLE_NAME]: found }, UnprocessedKeys: {} };
  };
  server.on("request", (request, response) => {
    respond(request).then(
      (body) => response.end(JSON.stringify(body)),
      () => response.destroy(),
    );
  });
  return counted;
}

/** A header, and the outcomes that it may have; a number advances the clock. */
type Sent = readonly [header: string, ...wanted: string[]] | number;

interface Flood {
  readonly known: readonly KnownIssuer[];
  readonly unknown: number;
  readonly origin: string;
  readonly counted: Reads;
}

async function run({ send, measure }: BundleProcess, { known, unknown, origin, counted }: Flood) {
  const outcomes: Record<string, number> = {};
  const wrong: string[] = [];
  const sendAll = async (batch: readonly Sent[]): Promise<readonly Call[]> => {
    const calls = await send(batch.map((one) => (typeof one === "number" ? one : one[0])));
    const sent = batch.filter((one) => typeof one !== "number");
    for (const [at, { outcome }] of calls.entries()) {
      const kind = outcome.startsWith("tenant ") ? "allowed" : outcome;
      outcomes[kind] = (outcomes[kind] ?? 0) + 1;
      const [, ...wanted] = sent[at] ?? [""];
      if (!wanted.includes(outcome) && wrong.length < 5)
        wrong.push(`${outcome} instead of ${wanted.join(" or ")}`);
    }
    return calls;
  };
  const valid = known.map((issuer): Sent => [bearer(issuer, issuer.key), `tenant ${issuer.tenant}`]);
  // Each first token needs a read, so the time passes in which one more is allowed.
  for (let at = 0; at < valid.length; at += BATCH)
    await sendAll(valid.slice(at, at + BATCH).flatMap((one) => [UNVERIFIED_READS.interval, one]));
  const hot = valid.slice(-HOT);
  const pick = (number: number): Sent => hot[number % hot.length] ?? 0;
  const forged = known.slice(-HOT).map((issuer, index): Sent => {
    const other = known[known.length - HOT - 1 - index] ?? issuer;
    return [bearer(issuer, other.key), UNAUTHORIZED];
  });
  const forgedAt = (number: number): Sent => forged[number % forged.length] ?? 0;
  let measured = 0;
  const round = async (others: readonly Sent[]): Promise<Call> => {
    const calls = await sendAll([...others, pick(measured++)]);
    return calls.at(-1) ?? { outcome: "", ms: Number.NaN };
  };
  const othersOf = (make: (index: number) => Sent[]): Sent[] =>
    Array.from({ length: BATCH }, (_, index) => make(index)).flat();
  const parts: Percentiles[] = [];
  const points: MemoryPoint[] = [];
  const [readsBefore, floodedAt] = [{ ...counted }, Date.now()];
  let [sent, peak] = [0, 0];
  for (const share of SHARES) {
    const [otherwise, meanwhile]: [Call[], Call[]] = [[], []];
    while (sent < share * unknown) {
      const number = sent;
      sent += BATCH;
      // In turn, so that both are measured under the same conditions.
      const strangers = othersOf((index) => [[unknownBearer(strangerUrl(number + index)), UNAUTHORIZED]]);
      otherwise.push(await round([...strangers, forgedAt(number)]));
      const others = othersOf((index) => [
        PAUSE,
        [
          unknownBearer(`${origin}/${index % 2 === 0 ? "i" : "d"}/unknown${number + index}`),
          UNAUTHORIZED,
          LIMITED,
        ],
      ]);
      meanwhile.push(await round([...others, forgedAt(number)]));
    }
    const { peak: most, ...point } = await measure();
    peak = most;
    points.push({ share, ...point });
    parts.push({ otherwise: percentile99(otherwise), meanwhile: percentile99(meanwhile) });
  }
  // The clock of the function is ahead of the real one, which passes too.
  const passed = unknown * PAUSE + Date.now() - floodedAt;
  const allowed = UNVERIFIED_READS.burst + Math.ceil(passed / UNVERIFIED_READS.interval);
  return {
    wrong,
    outcomes,
    reads: {
      unknown: counted.unknown - readsBefore.unknown,
      allowed,
      known: counted.known - readsBefore.known,
    },
    points,
    peak,
    known: parts,
  };
}

const strangerUrl = (number: number): string => `https://stranger-${number}.example`;

const UNAUTHORIZED = "Unauthorized";
/** What Lambda gets for a token that caused no read any more, because unverified tokens named too many issuers. */
const LIMITED = "No decision: issuer_reads_limited";

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const HEADER = encode({ alg: "ES256", kid: "k1", typ: "JWT" });
const SECONDS = Math.floor(Date.now() / 1_000);
const times = { iat: SECONDS - 60, exp: SECONDS + 86_400 };

function bearer({ url: iss, tenant }: KnownIssuer, key: KeyObject): string {
  const isDirectory = iss.includes("/d/");
  const payload = {
    iss,
    aud: AUDIENCE,
    sub: "ann",
    roles: ["viewer"],
    ...times,
    ...(!isDirectory && { tenant }),
  };
  const text = `${HEADER}.${encode(payload)}`;
  const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  return `Bearer ${text}.${signature.toString("base64url")}`;
}

/** Nobody verifies the signature, because nobody knows the issuer. */
const unknownBearer = (iss: string): string =>
  `Bearer ${HEADER}.${encode({ iss, aud: AUDIENCE, sub: "ann", ...times })}.${"A".repeat(86)}`;
