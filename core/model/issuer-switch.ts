import { EntryMap } from "./entry-map.ts";
import { InternalError } from "./errors.ts";
import { type IssuerName, issuerName } from "./ids.ts";
import { fieldReader, type Item } from "./item-reader.ts";

/** The partition of the issuers' kill switches; the sort key is the issuer's name. */
export const ISSUERS_KEY = "ISSUERS";

/** What was denied of an issuer at run time. An issuer without an item has no switch. */
export interface IssuerSwitch {
  /** Whether all its tokens are denied. */
  readonly suspended: boolean;
  /** The ids of keys with which none of its tokens is verified. */
  readonly deniedKeys: ReadonlySet<string>;
  /** Clients whose tokens are denied in every tenant. An item with some needs a reader that knows `revoked_clients`. */
  readonly revokedClients: RevokedClients;
}

/** The end of the revocation of each client, in seconds since 1970. */
export type RevokedClients = ReadonlyMap<string, number>;

/** The issuers' kill switches by the issuer's name. */
export type IssuerSwitches = ReadonlyMap<IssuerName, IssuerSwitch>;

/**
 * Reads the kill switches. Fails closed: an item that cannot be read throws when its issuer is looked up, so that
 * this issuer's callers get a 500.
 *
 * @example
 * import { issuerName } from "./ids.ts";
 * import { readIssuerSwitches } from "./issuer-switch.ts";
 *
 * const item = { pk: "ISSUERS", sk: "main", v: 1, name: "main", status: "active", deniedKeys: ["2026-01"] };
 * const found = readIssuerSwitches([item]).get(issuerName("main"));
 * found?.suspended; // => false
 * found?.deniedKeys.has("2026-01"); // => true
 */
export function readIssuerSwitches(items: readonly Item[]): IssuerSwitches {
  const switches = new EntryMap<IssuerName, IssuerSwitch>();
  for (const item of items) {
    const name = issuerName(String(item["sk"]));
    try {
      switches.set(name, readIssuerSwitch(item));
    } catch (error) {
      if (!(error instanceof InternalError)) throw error;
      switches.setError(name, error);
    }
  }
  return switches;
}

/** Reads one kill switch. @throws InternalError `item_invalid` */
export function readIssuerSwitch(item: Item): IssuerSwitch {
  const read = fieldReader(item);
  if (read.string("name") !== item["sk"]) throw read.invalid("name");
  const status = read.string("status");
  if (status !== "active" && status !== "suspended") throw read.invalid("status");
  const clients = (read.optional("clients", read.entries) ?? []).map(([client, until]) => {
    if (typeof until !== "number") throw read.invalid("clients");
    return [client, until] as const;
  });
  return {
    suspended: status === "suspended",
    deniedKeys: new Set(read.strings("deniedKeys")),
    revokedClients: new Map(clients),
  };
}
