import { type CeilingChange, type ClientCeiling, ceilingOf, changeOf } from "../model/client-ceilings.ts";
import type { IssuerName } from "../model/ids.ts";
import type { IssuerItem, TenantItem } from "../model/items.ts";
import { type Caller, withScopes } from "./caller.ts";
import type { Report } from "./finding.ts";

/** The ceiling of the caller's client, and what the tenant takes from it. */
export interface ClientLimit {
  readonly issuer: IssuerName;
  readonly ceiling: ClientCeiling;
  /** False: the ceiling is for other tenants. */
  readonly hasTenant: boolean;
  readonly change: CeilingChange | undefined;
}

/** Returns what limits the caller's client; null for an issuer without ceilings and for a supposed caller without a client. */
export function clientLimit(
  { clientId }: Caller,
  issuer: IssuerItem | null | undefined,
  { id, clients }: TenantItem,
): ClientLimit | null {
  if (clientId === null || issuer == null || issuer.ceilings === null) return null;
  const ceiling = ceilingOf(issuer.ceilings, clientId);
  const changes = clients.get(issuer.name);
  const hasTenant = ceiling.tenants === null || ceiling.tenants.has(id);
  return { issuer: issuer.name, ceiling, hasTenant, change: changes && changeOf(changes, ceiling) };
}

/** Returns the caller with the scopes that count for its client, which backends receive too. */
export function withClientScopes(caller: Caller, { issuer, ceiling }: ClientLimit, report?: Report): Caller {
  const { scopes, entry } = ceiling;
  if (scopes === null) return caller;
  const counting = caller.scopes.filter((scope) => scopes.has(scope));
  if (counting.length === caller.scopes.length) return caller;
  const removed = caller.scopes.filter((scope) => !scopes.has(scope));
  report?.({ check: "client_scopes", denies: null, issuer, entry, removed });
  return withScopes(caller, counting);
}
