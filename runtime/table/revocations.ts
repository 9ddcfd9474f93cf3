import { REVOKED, REVOKED_ISSUED, revokedSubject, revokedToken } from "../../core/decision/memberships.ts";
import { type Item, tenantKey } from "../../core/model/items.ts";
import { findSubjectIssuer, findTenant, getCatalogue, getTenant } from "./catalogue.ts";
import { parseInput, revocationInput, undoInput } from "./input.ts";
import { EVERY_TENANT, type RevocationInput, type UndoInput } from "./input-types.ts";
import { checkRoom, revokeClient, switchedClients, undoClient } from "./issuer-switches.ts";
import type { RecordedChange } from "./recorded-change.ts";
import { changeItem, type Key, queryItems, type StoreOptions, withAudit } from "./store.ts";

/** A revocation that has not ended. */
export interface ActiveRevocation {
  readonly tenant: string;
  /** `token <id>`, `subject <issuer> <subject>`, `client <issuer> <client>` or `issued before <time>`. */
  readonly what: string;
  /** When the revocation ends, in seconds since 1970. */
  readonly until: number;
}

/**
 * Revokes a token, all tokens of a subject or a client, or all tokens that were issued before a time. An existing
 * revocation of the same tokens is only ever extended.
 *
 * @throws StoreError `input_invalid`, `tenant_unknown`, `issuer_unknown`, `tenant_of_files` or `too_many_writers`
 */
export async function revoke(store: StoreOptions, input: RevocationInput, why: string) {
  const revocation = parseInput(revocationInput, input);
  const { tenant, what, until } = revocation;
  if ("client" in what && tenant === EVERY_TENANT) return revokeClient(store, what, until, why);
  const { generation } = await getTenant(store, tenant);
  const issuer = await subjectIssuer(store, what);
  const checked = checkRevocation(revocation, issuer, generation, store);
  return withAudit(store, tenant, { what: checked.what, why, change: checked.change }, () =>
    changeItem(store, checked.key, checked.apply),
  );
}

/** A revocation in one tenant that passed its checks. */
export interface CheckedRevocation {
  readonly key: Key;
  readonly what: string;
  readonly change: Extract<RecordedChange, { readonly kind: "revoke" }>;
  /** Extends the revocation's item. @throws StoreError `input_invalid` for too many clients */
  apply(current: Item | undefined): Item;
}

/**
 * Returns what a revocation in one tenant changes.
 *
 * @param issuer the issuer of the subject or the client
 */
export function checkRevocation(
  { tenant, what, until }: RevocationInput,
  issuer: string,
  generation: string,
  { who, now = Date.now }: StoreOptions,
): CheckedRevocation {
  const { sk, client } = keyOf("issuedBefore" in what ? { issued: true } : what, issuer);
  const before = "issuedBefore" in what ? what.issuedBefore : undefined;
  return {
    key: { pk: tenantKey(tenant), sk },
    what: `revoke ${describe({ sk, before, client })}`,
    change: { kind: "revoke", sk, before, client, until },
    apply(current) {
      const at = now() / 1_000;
      if (client !== undefined) checkRoom(activeClients(current, { generation, now: at }), client);
      return extendRevocation(current, { generation, before, client, until, by: who, now: at });
    },
  };
}

/** Returns the clients whose revocations have not ended, with their ends. */
const activeClients = (
  current: Item | undefined,
  { generation, now }: Pick<Extension, "generation" | "now">,
): Map<string, number> =>
  new Map(
    current?.["generation"] === generation
      ? Object.entries(clientsIn(current)).filter(([, end]) => end > now)
      : [],
  );

/** What a revocation adds to an item of the table. */
interface Extension {
  readonly generation: unknown;
  readonly before: number | undefined;
  /** As `ISSUER#CLIENT`; undefined for another revocation. */
  readonly client: string | undefined;
  readonly until: number;
  readonly by: string;
  /** In seconds since 1970; revocations of clients that ended before are left out. */
  readonly now: number;
}

/** Returns the content of a revocation. One of the same generation is only ever extended. */
export function extendRevocation(
  current: Item | undefined,
  { generation, before, client, until, by, now }: Extension,
): Item {
  const present = current?.["generation"] === generation ? current : undefined;
  const clients = activeClients(current, { generation, now });
  if (client !== undefined)
    return content(generation, by, present, clients.set(client, later(until, clients.get(client))));
  const own = {
    before: before === undefined ? undefined : later(before, present?.["before"]),
    until: later(until, present?.["until"]),
  };
  return content(generation, by, own, clients);
}

/** Returns the content of a revocation without the part for a client, or without the rest; undefined if nothing is left. */
export function withoutRevocation(current: Item, client: string | undefined): Item | undefined {
  const clients = new Map(Object.entries(clientsIn(current)));
  const own = client === undefined ? {} : current;
  if (client !== undefined) clients.delete(client);
  return own["until"] === undefined && clients.size === 0
    ? undefined
    : content(current["generation"], String(current["by"]), own, clients);
}

const clientsIn = (item: Item | undefined): Readonly<Record<string, number>> =>
  (item?.["clients"] ?? {}) as Record<string, number>;

const later = (time: number, present: unknown): number => Math.max(time, toNumber(present));

function content(
  generation: unknown,
  by: string,
  own: Item | undefined,
  clients: ReadonlyMap<string, number>,
): Item {
  return {
    generation,
    before: own?.["before"],
    until: own?.["until"],
    ...switchedClients(clients),
    // The table's TTL attribute: DynamoDB deletes the item some time after its end, and until then it is ignored.
    expiresAt: Math.max(toNumber(own?.["until"]), ...clients.values()),
    by,
  };
}

/**
 * Removes a revocation.
 *
 * @throws StoreError `input_invalid`, `tenant_unknown` for another spelling of the tenant's id, `issuer_unknown`, `tenant_of_files` or `too_many_writers`
 */
export async function undoRevocation(store: StoreOptions, input: UndoInput, why: string) {
  const { tenant, what } = parseInput(undoInput, input);
  if ("client" in what && tenant === EVERY_TENANT) return undoClient(store, what, why);
  await findTenant(store, tenant);
  const { sk, client } = keyOf(what, await subjectIssuer(store, what));
  const change = { kind: "undo-revocation", sk, client } as const;
  return withAudit(
    store,
    tenant,
    { what: `undo revocation of ${describe({ sk, client })}`, why, change },
    () =>
      changeItem(store, { pk: tenantKey(tenant), sk }, (current) =>
        current === undefined ? "keep" : (withoutRevocation(current, client) ?? "remove"),
      ),
  );
}

/** Returns a tenant's revocations that have not ended. @throws StoreError `tenant_unknown` for another spelling */
export async function listRevocations(store: StoreOptions, tenant: string): Promise<ActiveRevocation[]> {
  const now = (store.now ?? Date.now)() / 1_000;
  const generation = (await findTenant(store, tenant))?.generation;
  const items = await queryItems(store, tenantKey(tenant), REVOKED);
  return items
    .filter((item) => item["generation"] === generation)
    .flatMap((item) => [
      { what: describe(item), until: toNumber(item["until"]) },
      ...Object.entries(clientsIn(item)).map(([client, until]) => ({ what: describe({ client }), until })),
    ])
    .filter(({ until }) => until > now)
    .map((active) => ({ tenant, ...active }));
}

const toNumber = (value: unknown): number => (typeof value === "number" ? value : 0);

/** Returns the issuer of a revoked subject or client; empty for what has none. @throws StoreError `issuer_unknown` */
async function subjectIssuer(
  store: StoreOptions,
  what: RevocationInput["what"] | UndoInput["what"],
): Promise<string> {
  if (!("subject" in what || "client" in what)) return "";
  return findSubjectIssuer(what.issuer, await getCatalogue(store, [what.issuer]));
}

/** Returns the key of a revocation's item, and the client if it is the revocation of one. */
function keyOf(
  what: UndoInput["what"],
  issuer: string,
): { readonly sk: string; readonly client?: string | undefined } {
  if ("issued" in what) return { sk: REVOKED_ISSUED };
  if ("token" in what) return { sk: revokedToken(what.token) };
  return "client" in what
    ? { sk: REVOKED_ISSUED, client: `${issuer}#${what.client}` }
    : { sk: revokedSubject(issuer, what.subject) };
}

function describe({ sk, before, client }: Item): string {
  if (typeof client === "string") return `client ${client.replace("#", " ")}`;
  const rest = String(sk).slice(REVOKED.length);
  if (sk === REVOKED_ISSUED)
    return before === undefined
      ? "what was issued"
      : `issued before ${new Date(toNumber(before) * 1_000).toISOString()}`;
  const [kind = "", ...name] = rest.split("#");
  if (kind === "TOKEN") return `token ${name.join("#")}`;
  return `subject ${name[0] ?? ""} ${name.slice(1).join("#")}`;
}
