import { type BrokenSet, isBroken, type LoadedConsole } from "../load.ts";
import type { OpenSet } from "../open-set.ts";
import type { PageLocation } from "../page-location.ts";

/** One of the two things that are compared: a tenant of a policy set. */
export interface Side {
  readonly set: OpenSet;
  readonly tenant: string;
}

/** What the address chooses, or why there is nothing to show. */
export type Chosen =
  | { readonly side: Side; readonly other: Side | undefined }
  | { readonly broken: BrokenSet }
  /** Has no tenant. */
  | { readonly empty: OpenSet }
  | { readonly missing: string };

/** `set` and `tenant`, and where one of `toSet` and `to` is named, what to compare with. */
export function choose({ sets }: LoadedConsole, { params }: PageLocation): Chosen {
  const [first] = sets;
  const set = named(sets, params["set"] ?? first?.name);
  const otherSet = params["toSet"] === undefined ? set : named(sets, params["toSet"]);
  if (set === undefined || otherSet === undefined)
    return { missing: `There is no policy set "${params["toSet"] ?? params["set"] ?? ""}"` };
  if (isBroken(set)) return { broken: set };
  if (isBroken(otherSet)) return { broken: otherSet };
  const tenant = params["tenant"] ?? [...set.rules.tenants.keys()][0];
  if (tenant === undefined) return { empty: set };
  const compares = params["toSet"] !== undefined || params["to"] !== undefined;
  return {
    side: { set, tenant },
    other: compares ? { set: otherSet, tenant: params["to"] ?? tenant } : undefined,
  };
}

const named = (sets: LoadedConsole["sets"], name: string | undefined) =>
  sets.find((set) => set.name === name);

/** How the two are called beside each other: by what tells them apart. */
export function sideNames(a: Side, b: Side): readonly [string, string] {
  if (a.set === b.set) return [a.tenant, b.tenant];
  if (a.tenant === b.tenant) return [a.set.name, b.set.name];
  return [`${a.tenant} of ${a.set.name}`, `${b.tenant} of ${b.set.name}`];
}
