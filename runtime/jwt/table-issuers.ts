import { createHash } from "node:crypto";
import type { Directory } from "../../core/model/directory.ts";
import { InternalError } from "../../core/model/errors.ts";
import {
  directoryKey,
  ISSUER_PREFIX,
  ISSUER_SORT_KEY,
  type IssuerItem,
  type Item,
  readDirectory,
  readOwnIssuer,
} from "../../core/model/items.ts";
import { boundedCache } from "../cache/bounded-cache.ts";
import { rateLimit } from "../cache/rate-limit.ts";
import { singleFlight } from "../cache/single-flight.ts";
import { readOrServe } from "../cache/stale-reads.ts";
import { type IssuerConfig, withBothNames } from "./issuer-config.ts";
import { listedAs } from "./issuer-hosts.ts";
import type { IssuerKeys } from "./issuer-keys.ts";
import { matchDirectory } from "./issuer-template.ts";
import { issuerUrlProblem } from "./issuer-url.ts";
import type { TrustConfig } from "./trust-config.ts";

/** An issuer that the policy files give a URL, or a tenant's directory: its settings and its keys. */
export interface TableIssuer {
  /** The partition of its item, and the sort key of its persisted JWKS. */
  readonly partition: string;
  readonly config: IssuerConfig;
  /** Undefined for a directory, whose issuer is in the catalogue. */
  readonly item: IssuerItem | undefined;
  readonly directory: Directory | undefined;
  /** Undefined for a directory whose issuer has one key set for all of them. */
  readonly keys: IssuerKeys | undefined;
}

/**
 * The issuers that the policy files give a URL, and the tenants' directories. Each is one item, which is read when a token
 * names its URL.
 */
export interface TableIssuers {
  /**
   * Returns the issuer of an unverified `iss`; undefined if the table has none.
   *
   * @param template the configured issuer whose URL matches as a template; undefined if there is none
   * @throws InternalError when the table cannot be read, or when unverified tokens name too many issuers
   */
  find(iss: string, template?: IssuerConfig): Promise<TableIssuer | undefined>;
  /** Keeps an issuer from being evicted by unverified tokens, because a token of it was verified. */
  markVerified(issuer: TableIssuer): void;
}

/** What the issuers of the table need. */
export interface TableIssuersOptions {
  readonly trust: Pick<TrustConfig, "issuers" | "issuerHosts" | "local">;
  /** Reads an item by its key. @throws InternalError when the table cannot be read */
  readonly readItem: (key: { readonly pk: string; readonly sk: string }) => Promise<Item | undefined>;
  /** @param sortKey that of the persisted JWKS */
  readonly createKeys: (config: IssuerConfig, sortKey: string) => IssuerKeys;
  /** How long an item is used before it is read again, in ms, and how much longer while the table cannot be read. */
  readonly ttl: number;
  readonly stale: number;
  /** Returns the time in ms since 1970. */
  readonly now: () => number;
}

/** The most that the issuers with a verified token may take, in bytes. */
export const ISSUER_CACHE_BYTES = 24 * 1_024 * 1_024;
/** The most that all other issuers, unknown ones included, may take, in bytes. */
export const UNVERIFIED_CACHE_BYTES = 4 * 1_024 * 1_024;
/**
 * The token bucket of reads for issuers of which no token was verified yet: 50 at once, then 20 a second. So a flood of
 * made-up issuers costs each execution environment no more.
 */
export const UNVERIFIED_READS = { burst: 50, interval: 50 };

/** How much more memory an item takes as parsed objects than as JSON. */
const PARSED_FACTOR = 4;
const READ_DEADLINE = 4_000;

/** Returns the partition of the issuer with a URL. Compiled items have the same. */
export const issuerPartition = (url: string): string =>
  ISSUER_PREFIX + createHash("sha256").update(url).digest("hex");

interface Entry {
  /** In ms since 1970. */
  readonly since: number;
  readonly bytes: number;
  /** Undefined for a URL that the table does not have. */
  readonly issuer: TableIssuer | undefined;
}

/**
 * Creates the issuers of the table. Issuers of which a token was verified have a cache of their own, and are read again
 * without regard to the token bucket, so that unverified tokens neither evict nor delay them.
 *
 * @example
 * import { tableIssuers } from "./table-issuers.ts";
 *
 * const issuers = tableIssuers({
 *   trust: { issuers: [], issuerHosts: ["login.example.com"], local: false },
 *   readItem: async () => undefined,
 *   createKeys: () => {
 *     throw new Error("The table has no issuer");
 *   },
 *   ttl: 30_000,
 *   stale: 0,
 *   now: Date.now,
 * });
 * await issuers.find("https://login.example.com/acme"); // => undefined
 */
export function tableIssuers({
  trust,
  readItem,
  createKeys,
  ttl,
  stale,
  now,
}: TableIssuersOptions): TableIssuers {
  const limits = { sizeOf: sizeOfEntry, ttl: Number.POSITIVE_INFINITY, now };
  const verified = boundedCache<Entry>({ ...limits, maxBytes: ISSUER_CACHE_BYTES });
  const unverified = boundedCache<Entry>({ ...limits, maxBytes: UNVERIFIED_CACHE_BYTES });
  const mayRead = rateLimit({ ...UNVERIFIED_READS, now });
  const once = singleFlight<Entry>(READ_DEADLINE, now);
  const serve = readOrServe(now);
  const age = ({ since }: Entry): number => now() - since;

  /** Keeps the keys of an issuer whose URL and key location are the same. */
  async function read(iss: string, pk: string, template: IssuerConfig | undefined): Promise<Entry> {
    const since = now();
    const name = template && matchDirectory(template.url, iss);
    const found = await readItem(
      template && name ? directoryKey(template.name, name) : { pk, sk: ISSUER_SORT_KEY },
    );
    const before = (verified.get(pk) ?? unverified.get(pk))?.issuer;
    const issuer =
      found &&
      (template && name
        ? { config: { ...template, url: iss }, item: undefined, directory: readDirectory(found, name) }
        : parseIssuer(found, iss, trust));
    const entry = {
      since,
      bytes: found === undefined ? 0 : PARSED_FACTOR * JSON.stringify(found).length,
      issuer: issuer && { ...issuer, partition: pk, keys: keysOf(issuer, pk, before) },
    };
    const isKept = entry.issuer !== undefined && verified.get(pk) !== undefined;
    if (isKept) verified.set(pk, entry);
    else {
      verified.delete(pk);
      unverified.set(pk, entry);
    }
    return entry;
  }

  const keysOf = ({ config, directory }: ParsedIssuer, partition: string, before?: TableIssuer) => {
    if (directory !== undefined && config.jwksUri !== undefined) return undefined;
    return (
      (before && isSameSource(before.config, config) ? before.keys : undefined) ??
      createKeys(config, partition)
    );
  };

  return {
    async find(iss, template) {
      if (template === undefined && (!URL.canParse(iss) || listedAs(iss, trust.issuerHosts) === undefined))
        return undefined;
      const pk = issuerPartition(iss);
      const known = verified.get(pk);
      const seen = known ?? unverified.get(pk);
      if (seen !== undefined && age(seen) < ttl) return seen.issuer;
      if (known === undefined && !mayRead())
        throw new InternalError(
          "issuer_reads_limited",
          "Unverified tokens name more issuers than are read in a second",
        );
      const old = seen !== undefined && age(seen) < ttl + stale ? seen : undefined;
      return (await serve(old, () => once(pk, () => read(iss, pk, template)))).value.issuer;
    },
    markVerified(issuer) {
      const entry = unverified.get(issuer.partition);
      if (entry?.issuer !== issuer) return;
      unverified.delete(issuer.partition);
      verified.set(issuer.partition, entry);
    },
  };
}

type ParsedIssuer = Pick<TableIssuer, "config" | "item" | "directory">;

const sizeOfEntry = ({ bytes, issuer }: Entry): number => bytes + (issuer?.keys?.bytes() ?? 0);

function parseIssuer(found: Item, iss: string, trust: TableIssuersOptions["trust"]): ParsedIssuer {
  const item = readOwnIssuer(found);
  const config: IssuerConfig = {
    name: item.name,
    url: item.trust.url,
    jwksUri: item.trust.jwksUri,
    audiences: item.trust.audiences,
    algorithms: withBothNames(item.trust.algorithms),
  };
  const isInvalid =
    config.url !== iss ||
    issuerUrlProblem(iss, trust.local) !== undefined ||
    trust.issuers.some(({ name, url }) => name === item.name || url === iss);
  if (isInvalid)
    throw new InternalError(
      "item_invalid",
      `Item ${String(found["pk"])} ${ISSUER_SORT_KEY}: its URL or its name is not one that the policy files could have`,
    );
  return { config, item, directory: undefined };
}

const isSameSource = (a: IssuerConfig, b: IssuerConfig): boolean =>
  a.name === b.name && a.url === b.url && a.jwksUri === b.jwksUri;
