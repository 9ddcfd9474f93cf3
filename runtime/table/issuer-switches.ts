import { ISSUERS_KEY, readIssuerSwitch } from "../../core/model/issuer-switch.ts";
import type { Item } from "../../core/model/items.ts";
import { getCatalogue, getIssuer } from "./catalogue.ts";
import { issuerInput, issuerKeyInput, parseInput } from "./input.ts";
import type { IssuerKeyInput } from "./input-types.ts";
import { changeItem, queryItems, type StoreOptions, withAudit } from "./store.ts";
import { StoreError } from "./store-error.ts";

/** An issuer of the table's catalogue or of a kill switch, and what is denied of it. */
export interface ListedIssuer {
  readonly name: string;
  readonly status: "active" | "suspended";
  readonly deniedKeys: readonly string[];
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
      changeSwitch(store, issuer, ({ status, deniedKeys }) => {
        const keys = new Set([...deniedKeys, kid]);
        if (keys.size > MAX_DENIED_KEYS)
          throw new StoreError(
            "input_invalid",
            `Issuer ${issuer} already has ${MAX_DENIED_KEYS} denied keys: suspend it, or allow keys that it no longer publishes`,
          );
        return { status, deniedKeys: [...keys].sort() };
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
      changeSwitch(store, issuer, ({ status, deniedKeys }) => ({
        status,
        deniedKeys: deniedKeys.filter((denied) => denied !== kid),
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

type SwitchState = Pick<ListedIssuer, "status" | "deniedKeys">;

const NO_SWITCH: SwitchState = { status: "active", deniedKeys: [] };

function readState(item: Item | undefined): SwitchState {
  if (item === undefined) return NO_SWITCH;
  const { suspended, deniedKeys } = readIssuerSwitch(item);
  return { status: suspended ? "suspended" : "active", deniedKeys: [...deniedKeys].sort() };
}

/** Changes an issuer's switch by one conditional write. A switch that denies nothing is removed. */
const changeSwitch = (store: StoreOptions, name: string, edit: (current: SwitchState) => SwitchState) =>
  changeItem(store, { pk: ISSUERS_KEY, sk: name }, (current) => {
    const next = edit(readState(current));
    return next.status === "active" && next.deniedKeys.length === 0 ? "remove" : { name, ...next };
  });

/** Rejects an unknown issuer, so that a misspelt name is not taken for a suspension. */
const checkIssuer = async (store: StoreOptions, name: string): Promise<void> => {
  getIssuer(name, await getCatalogue(store, [name]));
};
