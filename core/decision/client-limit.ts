import {
  type CeilingChange,
  type ClientCeiling,
  ceilingOf,
  changeOf,
  type Party,
} from "../model/client-ceilings.ts";
import { type IssuerName, issuerName } from "../model/ids.ts";
import type { Catalogue, IssuerItem, TenantItem } from "../model/items.ts";
import { type Caller, withScopes } from "./caller.ts";
import type { Report } from "./finding.ts";

/** The ceiling of the caller's client or current delegate, and what the tenant takes from it. */
export interface ClientLimit {
  /** The issuer whose file entry it is. */
  readonly issuer: IssuerName;
  readonly hash: string;
  readonly party: Party;
  readonly ceiling: ClientCeiling;
  /** False: the ceiling is for other tenants. */
  readonly hasTenant: boolean;
  readonly change: CeilingChange | undefined;
}

/**
 * Returns what limits the caller's client and its current delegate. Nothing does for an issuer without ceilings, nor for a
 * supposed caller without a client and a delegate. The ceiling of a delegate is that of its own issuer, if that is in the
 * catalogue; else it is the default of the token's issuer.
 */
export function clientLimits(
  { clientId, delegates: [delegate] }: Caller,
  issuer: IssuerItem | null | undefined,
  { id, clients }: TenantItem,
  { issuers }: Pick<Catalogue, "issuers">,
): readonly ClientLimit[] {
  if (issuer == null || issuer.ceilings === null) return NO_LIMITS;
  const limits: ClientLimit[] = [];
  const add = (party: Party, { name, hash }: IssuerItem, ceiling: ClientCeiling): void => {
    const changes = clients.get(name);
    const hasTenant = ceiling.tenants === null || ceiling.tenants.has(id);
    limits.push({
      issuer: name,
      hash,
      party,
      ceiling,
      hasTenant,
      change: changes && changeOf(changes, ceiling),
    });
  };
  if (clientId !== null) add("client", issuer, ceilingOf(issuer.ceilings, clientId));
  if (delegate === undefined) return limits;
  const own = delegate.issuer === issuer.name ? issuer : issuers.get(issuerName(delegate.issuer));
  const ceiling = own?.ceilings?.delegates.get(delegate.subject);
  if (own === undefined || ceiling === undefined) add("delegate", issuer, issuer.ceilings.otherwise);
  else add("delegate", own, ceiling);
  return limits;
}

const NO_LIMITS: readonly ClientLimit[] = [];

/** Returns the caller with the scopes that count for its client and its delegate, which backends receive too. */
export function withClientScopes(
  caller: Caller,
  { issuer, party, ceiling: { scopes, entry } }: ClientLimit,
  report?: Report,
): Caller {
  if (scopes === null) return caller;
  const counting = caller.scopes.filter((scope) => scopes.has(scope));
  if (counting.length === caller.scopes.length) return caller;
  const removed = caller.scopes.filter((scope) => !scopes.has(scope));
  report?.({ check: "client_scopes", denies: null, issuer, party, entry, removed });
  return withScopes(caller, counting);
}
