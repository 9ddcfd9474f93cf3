import { type RouteKey, type TenantId, tenantId } from "./ids.ts";
import { type FieldReader, fieldReader } from "./item-reader.ts";

/** Whom a ceiling limits: the client that a token was issued to, or the delegate that acts for its subject. */
export type Party = "client" | "delegate";

/** What a client or a delegate may do at most. */
export interface ClientCeiling {
  /** The entry in the file: a client's id or a pattern, or a delegate's subject; null for the default. */
  readonly entry: string | null;
  readonly party: Party;
  readonly routes: ReadonlySet<RouteKey>;
  /** The scopes of the token that count; null means all of them. */
  readonly scopes: ReadonlySet<string> | null;
  /** The tenants in which the client may act; null means every tenant. */
  readonly tenants: ReadonlySet<TenantId> | null;
}

/** The ceilings of an issuer's clients, and of its subjects when they act for others. */
export interface ClientCeilings {
  /** For clients and delegates without an entry, and for tokens that do not name exactly one client. */
  readonly otherwise: ClientCeiling;
  readonly named: ReadonlyMap<string, ClientCeiling>;
  readonly patterns: readonly { readonly pattern: RegExp; readonly ceiling: ClientCeiling }[];
  /** By their subject. */
  readonly delegates: ReadonlyMap<string, ClientCeiling>;
}

/** A ceiling as JSON in an issuer's item, with its routes expanded. */
export interface WrittenCeiling {
  readonly routes: readonly string[];
  readonly scopes?: readonly string[] | undefined;
  readonly tenants?: readonly string[] | undefined;
}

/** An issuer's ceilings as JSON: the default, and those of named clients and delegates. */
export interface WrittenCeilings {
  readonly default: WrittenCeiling;
  readonly clients: Readonly<Record<string, WrittenCeiling>>;
  readonly delegates?: Readonly<Record<string, WrittenCeiling>> | undefined;
}

/** The most `*` that a pattern has, and the longest client id that it matches, so that matching never takes long. */
export const MAX_STARS = 2;
const MAX_MATCHED_LENGTH = 512;
/** What `*` stands for: no dot, slash, colon or `%`, so that it never leaves a label of a host or a segment of a path. */
const STAR = "[A-Za-z0-9_~-]+";

export const isClientPattern = (entry: string): boolean => entry.includes("*");

/**
 * Returns the expression of a pattern of client ids, in which `*` is one or more letters, digits, `-`, `_` and `~`.
 *
 * @example
 * import { clientPattern } from "./client-ceilings.ts";
 *
 * const pattern = clientPattern("https://*.agents.example/client");
 * pattern.test("https://a1.agents.example/client"); // => true
 * pattern.test("https://evil.example/.agents.example/client"); // => false
 */
export const clientPattern = (entry: string): RegExp =>
  new RegExp(`^${entry.split("*").map(escapePattern).join(STAR)}$`);

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/**
 * Returns the ceiling of a client. A client that two entries match has the default, and so has the empty id of a token
 * that does not name exactly one client.
 */
export function ceilingOf({ otherwise, named, patterns }: ClientCeilings, client: string): ClientCeiling {
  if (client === "") return otherwise;
  let found = named.get(client);
  if (client.length > MAX_MATCHED_LENGTH) return found ?? otherwise;
  for (const { pattern, ceiling } of patterns) {
    if (!pattern.test(client)) continue;
    if (found !== undefined) return otherwise;
    found = ceiling;
  }
  return found ?? otherwise;
}

/** Reads an issuer's ceilings. @throws InternalError `item_invalid` */
export function readCeilings(fields: FieldReader, field: string): ClientCeilings {
  const read = fieldReader(fields.value(field), fields.name);
  const entries = read.entries("clients").map(([entry, written]) => {
    if (entry.split("*").length > MAX_STARS + 1) throw fields.invalid(field);
    return [entry, readCeiling(entry, "client", fieldReader(written, fields.name))] as const;
  });
  const delegates = read.optional("delegates", read.entries) ?? [];
  return {
    otherwise: readCeiling(null, "client", fieldReader(read.value("default"), fields.name)),
    named: new Map(entries.filter(([entry]) => !isClientPattern(entry))),
    patterns: entries
      .filter(([entry]) => isClientPattern(entry))
      .map(([entry, ceiling]) => ({ pattern: clientPattern(entry), ceiling })),
    delegates: new Map(
      delegates.map(([entry, written]) => [
        entry,
        readCeiling(entry, "delegate", fieldReader(written, fields.name)),
      ]),
    ),
  };
}

function readCeiling(entry: string | null, party: Party, read: FieldReader): ClientCeiling {
  const [scopes, tenants] = [read.optional("scopes", read.strings), read.optional("tenants", read.strings)];
  return {
    entry,
    party,
    routes: new Set(read.routes("routes")),
    scopes: scopes === undefined ? null : new Set(scopes),
    tenants: tenants === undefined ? null : new Set(tenants.map(tenantId)),
  };
}

/** What a tenant takes from the ceilings of an issuer's clients: everything, or these routes. */
export type CeilingChange = "none" | ReadonlySet<RouteKey>;

/** A tenant's changes to the ceilings of one issuer's clients. */
export interface CeilingChanges {
  readonly otherwise: CeilingChange | undefined;
  /** By the entry of the issuer's ceilings. */
  readonly clients: ReadonlyMap<string, CeilingChange>;
  readonly delegates: ReadonlyMap<string, CeilingChange>;
}

/** Returns what a tenant takes from a ceiling; undefined if it takes nothing. */
export const changeOf = (
  { otherwise, clients, delegates }: CeilingChanges,
  { entry, party }: Pick<ClientCeiling, "entry" | "party">,
): CeilingChange | undefined =>
  entry === null ? otherwise : (party === "client" ? clients : delegates).get(entry);

/** Reads a tenant's changes to the ceilings of one issuer. @throws InternalError `item_invalid` */
export function readCeilingChanges(read: FieldReader, written: unknown): CeilingChanges {
  const fields = fieldReader(written, read.name);
  const readChange = (change: unknown): CeilingChange =>
    change === "none" ? "none" : new Set(fieldReader(change, read.name).routes("except"));
  const readChanges = (field: string) =>
    new Map(
      (fields.optional(field, fields.entries) ?? []).map(([entry, change]) => [entry, readChange(change)]),
    );
  return {
    otherwise: fields.optional("default", (field) => readChange(fields.value(field))),
    clients: readChanges("clients"),
    delegates: readChanges("delegates"),
  };
}
