import { type BrokenSet, isBroken, type LoadedConsole } from "../load.ts";
import type { OpenSet } from "../open-set.ts";
import type { PageLocation } from "../page-location.ts";

/** One side of a comparison: a tenant of a policy set. */
export interface Side {
  readonly set: OpenSet;
  readonly tenant: string;
}

/** The sides that the URL selects, or why there is nothing to show. */
export type SideChoice =
  | { readonly side: Side; readonly other: Side | undefined }
  | { readonly broken: BrokenSet }
  /** A set without tenants. */
  | { readonly empty: OpenSet }
  | { readonly missing: string };

/** Reads the side from the parameters `set` and `tenant`, and the other side from `toSet` and `to`, if present. */
export function chooseSides({ sets }: LoadedConsole, { params }: PageLocation): SideChoice {
  const [first] = sets;
  const set = findSet(sets, params["set"] ?? first?.name);
  const otherSet = params["toSet"] === undefined ? set : findSet(sets, params["toSet"]);
  if (set === undefined || otherSet === undefined)
    return { missing: `The policy set "${params["toSet"] ?? params["set"] ?? ""}" does not exist` };
  if (isBroken(set)) return { broken: set };
  if (isBroken(otherSet)) return { broken: otherSet };
  const tenant = params["tenant"] ?? set.tenantIds[0];
  if (tenant === undefined) return { empty: set };
  const compares = params["toSet"] !== undefined || params["to"] !== undefined;
  return {
    side: { set, tenant },
    other: compares ? { set: otherSet, tenant: params["to"] ?? tenant } : undefined,
  };
}

const findSet = (sets: LoadedConsole["sets"], name: string | undefined) =>
  sets.find((set) => set.name === name);

/** Names two sides by what distinguishes them. */
export function sideNames(a: Side, b: Side): readonly [string, string] {
  if (a.set === b.set) return [a.tenant, b.tenant];
  if (a.tenant === b.tenant) return [a.set.name, b.set.name];
  return [`${a.tenant} of ${a.set.name}`, `${b.tenant} of ${b.set.name}`];
}
