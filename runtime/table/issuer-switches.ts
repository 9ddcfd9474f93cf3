import { ISSUERS_KEY, readIssuerSwitch } from "../../core/model/issuer-switch.ts";
import type { Item } from "../../core/model/items.ts";
import { findSubjectIssuer, getCatalogue, getIssuer } from "./catalogue.ts";
import { issuerInput, issuerKeyInput, parseInput } from "./input.ts";
import type { ClientInput, IssuerKeyInput } from "./input-types.ts";
import { changeItem, queryItems, type StoreOptions, withAudit } from "./store.ts";
import { StoreError } from "./store-error.ts";

/** An issuer of the table's catalogue or of a kill switch, and what is denied of it. */
export interface ListedIssuer {
  readonly name: string;
  readonly status: "active" | "suspended";
  readonly deniedKeys: readonly string[];
  /** The clients that are revoked in every tenant, with the end in seconds since 1970. Some may have ended. */
  readonly revokedClients: readonly { readonly client: string; readonly until: number }[];
}

/** More would make the item large, and an issuer with so many bad keys is to be suspended. */
const MAX_DENIED_KEYS = 100;

/**
 * Suspends an issuer, of the policy files too: all its tokens are denied. Or reinstates it.
 *
 * @throws StoreError `input_invalid`, `issuer_unknown` or `too_many_writers`
 */
export async function setIssuerStatus(
  store: StoreOptions,
  input: string,
  status: "active" | "suspended",
  why: string,
) {
  const name = parseInput(issuerInput, input);
  if (status === "suspended") await checkIssuer(store, name);
  const [what, kind] =
    status === "suspended"
      ? (["suspend issuer", "suspend-issuer"] as const)
      : (["reinstate issuer", "reinstate-issuer"] as const);
  return withAudit(store, { issuer: name }, { what, why, change: { kind } }, () =>
    changeSwitch(store, name, (current) => ({ ...current, status })),
  );
}

/**
 * Denies a key of an issuer by its id: no token is verified with it.
 *
 * @throws StoreError `input_invalid`, `issuer_unknown` or `too_many_writers`
 */
export async function denyKey(store: StoreOptions, input: IssuerKeyInput, why: string) {
  const { issuer, kid } = parseInput(issuerKeyInput, input);
  await checkIssuer(store, issuer);
  return withAudit(
    store,
    { issuer },
    { what: `deny key ${kid}`, why, change: { kind: "deny-key", kid } },
    () =>
      changeSwitch(store, issuer, ({ deniedKeys, ...others }) => {
        const keys = new Set([...deniedKeys, kid]);
        if (keys.size > MAX_DENIED_KEYS)
          throw new StoreError(
            "input_invalid",
            `Issuer ${issuer} already has ${MAX_DENIED_KEYS} denied keys: suspend it, or allow keys that it no longer publishes`,
          );
        return { ...others, deniedKeys: [...keys].sort() };
      }),
  );
}

/** Allows a denied key again. @throws StoreError `input_invalid` or `too_many_writers` */
export function allowKey(store: StoreOptions, input: IssuerKeyInput, why: string) {
  const { issuer, kid } = parseInput(issuerKeyInput, input);
  return withAudit(
    store,
    { issuer },
    { what: `allow key ${kid}`, why, change: { kind: "allow-key", kid } },
    () =>
      changeSwitch(store, issuer, ({ deniedKeys, ...others }) => ({
        ...others,
        deniedKeys: deniedKeys.filter((denied) => denied !== kid),
      })),
  );
}

/** The most revoked clients of one item: each caller of the issuer, or of the tenant, reads all of them. */
const MAX_REVOKED_CLIENTS = 100;

/** Rejects another client of an item that has as many as it may have. A restore may have left more. */
export function checkRoom(clients: ReadonlyMap<string, number>, client: string): void {
  if (!clients.has(client) && clients.size >= MAX_REVOKED_CLIENTS)
    throw new StoreError(
      "input_invalid",
      `There are already ${MAX_REVOKED_CLIENTS} revoked clients: end the revocations of those that get no more tokens`,
    );
}

/** Revokes a client in every tenant. An existing revocation is only ever extended. */
export async function revokeClient(
  store: StoreOptions,
  { client, issuer: name }: ClientInput,
  until: number,
  why: string,
) {
  const issuer = findSubjectIssuer(name, await getCatalogue(store, [name]));
  const now = (store.now ?? Date.now)() / 1_000;
  const change = { kind: "revoke-client", client, until } as const;
  return withAudit(store, { issuer }, { what: `revoke client ${client}`, why, change }, () =>
    changeSwitch(store, issuer, ({ revokedClients, ...others }) => {
      const left = revokedClients.filter((revoked) => revoked.until > now);
      const ends = new Map(left.map((revoked) => [revoked.client, revoked.until]));
      checkRoom(ends, client);
      ends.set(client, Math.max(until, ends.get(client) ?? 0));
      return { ...others, revokedClients: [...ends].map(([one, end]) => ({ client: one, until: end })) };
    }),
  );
}

/** Ends the revocation of a client in every tenant. */
export async function undoClient(store: StoreOptions, { client, issuer: name }: ClientInput, why: string) {
  const issuer = findSubjectIssuer(name, await getCatalogue(store, [name]));
  const change = { kind: "undo-client", client } as const;
  return withAudit(store, { issuer }, { what: `undo revocation of client ${client}`, why, change }, () =>
    changeSwitch(store, issuer, ({ revokedClients, ...others }) => ({
      ...others,
      revokedClients: revokedClients.filter((revoked) => revoked.client !== client),
    })),
  );
}

/** Returns the issuers of the catalogue and of all switches, in the order of their names. */
export async function listIssuers(store: StoreOptions): Promise<ListedIssuer[]> {
  const [{ issuers }, items] = await Promise.all([getCatalogue(store), queryItems(store, ISSUERS_KEY)]);
  const switched = items.map((item) => ({ name: String(item["sk"]), ...readState(item) }));
  const others = [...issuers.keys()].filter((name) => !switched.some((found) => found.name === name));
  return [...switched, ...others.map((name) => ({ name: String(name), ...NO_SWITCH }))].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

type SwitchState = Omit<ListedIssuer, "name">;

const NO_SWITCH: SwitchState = { status: "active", deniedKeys: [], revokedClients: [] };

function readState(item: Item | undefined): SwitchState {
  if (item === undefined) return NO_SWITCH;
  const { suspended, deniedKeys, revokedClients } = readIssuerSwitch(item);
  return {
    status: suspended ? "suspended" : "active",
    deniedKeys: [...deniedKeys].sort(),
    revokedClients: [...revokedClients].map(([client, until]) => ({ client, until })),
  };
}

/** Changes an issuer's switch by one conditional write. A switch that denies nothing is removed. */
const changeSwitch = (store: StoreOptions, name: string, edit: (current: SwitchState) => SwitchState) =>
  changeItem(store, { pk: ISSUERS_KEY, sk: name }, (current) => {
    const { revokedClients, ...next } = edit(readState(current));
    const clients = new Map(revokedClients.map(({ client, until }) => [client, until]));
    if (next.status === "active" && next.deniedKeys.length === 0 && clients.size === 0) return "remove";
    return { name, ...next, ...switchedClients(clients) };
  });

/** Returns the attributes of a switch for revoked clients, which an earlier version must not overlook. */
export const switchedClients = (clients: ReadonlyMap<string, number>): Item =>
  clients.size === 0 ? {} : { clients: Object.fromEntries(clients), needs: ["revoked_clients"] };

/** Rejects an unknown issuer, so that a misspelt name is not taken for a suspension. */
const checkIssuer = async (store: StoreOptions, name: string): Promise<void> => {
  getIssuer(name, await getCatalogue(store, [name]));
};
