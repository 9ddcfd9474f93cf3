import type { RouteKey } from "../../model/ids.ts";
import type { Position, Problems } from "../source/problem.ts";
import { type Entry, routeKeys } from "./role-grants.ts";

/** What a client or a delegate may do at most, with every selector expanded. */
export interface CeilingDefinition {
  readonly at: Position;
  /** Where the keys are, or would be added. */
  readonly lines: Readonly<Record<"ceiling" | "scopes" | "tenants", Position>>;
  readonly ceiling: readonly Entry[];
  /** Undefined: all scopes of the token count. */
  readonly scopes: readonly string[] | undefined;
  /** Undefined: every tenant. */
  readonly tenants: readonly string[] | undefined;
}

/** The ceilings of one issuer: the default, those of named clients and patterns, and those of delegates. */
export interface CeilingsDefinition {
  readonly otherwise: CeilingDefinition;
  readonly clients: ReadonlyMap<string, CeilingDefinition>;
  readonly delegates: ReadonlyMap<string, CeilingDefinition>;
}

/** What a tenant takes from a client's ceiling. */
export interface CeilingChangeDefinition {
  readonly at: Position;
  readonly except: readonly Entry[] | "none";
}

/** What a tenant takes from the ceilings of one issuer's clients. */
export interface CeilingChangesDefinition {
  readonly otherwise: CeilingChangeDefinition | undefined;
  readonly clients: ReadonlyMap<string, CeilingChangeDefinition>;
  readonly delegates: ReadonlyMap<string, CeilingChangeDefinition>;
}

/** The entries of both kinds, with a name for messages. */
const entriesOf = <T>({ clients, delegates }: Record<"clients" | "delegates", ReadonlyMap<string, T>>) => [
  ...[...clients].map(([name, entry]) => [`client ${name}`, entry] as const),
  ...[...delegates].map(([name, entry]) => [`delegate ${name}`, entry] as const),
];

/** Rejects a ceiling below the default, because a token that does not name its client would then allow more. */
export function checkWithinDefault(ceilings: CeilingsDefinition, problems: Problems): void {
  const { otherwise } = ceilings;
  const least = new Set(otherwise.ceiling.flatMap(routeKeys));
  for (const [name, ceiling] of entriesOf(ceilings)) {
    const routes = new Set(ceiling.ceiling.flatMap(routeKeys));
    const missing =
      [...least].find((route) => !routes.has(route)) ??
      (least.size === 0
        ? undefined
        : (beyond("scope", otherwise.scopes, ceiling.scopes) ??
          beyond("tenant", otherwise.tenants, ceiling.tenants)));
    if (missing !== undefined) rejectBelowDefault(name, missing, ceiling.at, problems);
  }
}

/**
 * Rejects a tenant's changes that leave an entry less than the default.
 *
 * @param ceilings the ceilings that the tenant narrows
 */
export function checkChangesWithinDefault(
  changes: CeilingChangesDefinition,
  ceilings: CeilingsDefinition,
  problems: Problems,
): void {
  const least = ceilings.otherwise.ceiling
    .flatMap(routeKeys)
    .filter((route) => !takes(changes.otherwise, route));
  const known = new Set(entriesOf(ceilings).map(([name]) => name));
  for (const [name, change] of entriesOf(changes)) {
    const missing = known.has(name) ? least.find((route) => takes(change, route)) : undefined;
    if (missing !== undefined) rejectBelowDefault(`clients: ${name}`, missing, change.at, problems);
  }
}

const takes = (change: CeilingChangeDefinition | undefined, route: RouteKey): boolean =>
  change !== undefined &&
  (change.except === "none" || change.except.some((entry) => routeKeys(entry).includes(route)));

/** Returns a value that the default has and a ceiling lacks. */
function beyond(
  what: string,
  least: readonly string[] | undefined,
  most: readonly string[] | undefined,
): string | undefined {
  if (most === undefined) return undefined;
  if (least === undefined) return `every ${what}`;
  const found = least.find((one) => !most.includes(one));
  return found === undefined ? undefined : `the ${what} ${found}`;
}

const rejectBelowDefault = (what: string, missing: string, at: Position, problems: Problems): void =>
  problems.error(
    "below-default",
    at,
    `${what}: the default allows ${missing}, but this does not, so a token that does not name it would allow more: take it from the default, or leave it here`,
  );
