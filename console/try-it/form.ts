import { parameterNames } from "../../core/model/route.ts";
import type { KindedCell } from "../../core/policy-files/access/kinds.ts";
import type { Operation } from "../../core/policy-files/model/operation.ts";
import type { Rules } from "../../core/policy-files/model/rules-json.ts";
import type { OpenSet } from "../open-set.ts";
import type { PathValues } from "../request-path.ts";

/** The state of the form: the caller and the request. */
export interface Form {
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly issuer: string;
  /** Whether the request has a token. */
  readonly withToken: boolean;
  readonly operation: Operation | undefined;
  readonly values: PathValues;
  /** The query string as it is sent, without `?`. */
  readonly query: string;
}

type Params = Readonly<Record<string, string>>;

/** Returns the URL parameter that holds the value of a path parameter. */
export const valueKey = (name: string): string => `p.${name}`;

/** Finds the requests that the form may start with: those that a tenant's role allows without scopes and bindings. */
export function findAllowed(set: OpenSet, tenant: string): readonly KindedCell[] {
  return set.cells(tenant).filter(({ kind }) => kind === "allowed");
}

/** Returns the first active tenant with a role that allows something; without one, the first active tenant. */
export function firstTenant(set: OpenSet): string {
  const active = set.tenantIds
    .map((id) => ({ id, status: set.tenant(id)?.status }))
    .filter(({ status }) => status !== "suspended");
  return (active.find(({ id }) => findAllowed(set, id).length > 0) ?? active[0])?.id ?? "";
}

/**
 * Reads the form from the URL, with defaults for what the URL does not set: a caller and a request that are allowed.
 *
 * @param start the tenant of a form whose URL has none, and the requests that are allowed in the form's tenant
 * @param realIssuers the issuers that no token can be had of here
 */
export function readForm(
  params: Params,
  set: OpenSet,
  start: { readonly tenant: string; readonly allowed: readonly KindedCell[] },
  realIssuers: readonly string[],
): Form {
  const { rules } = set;
  const tenant = params["tenant"] ?? start.tenant;
  const first = start.allowed.find(
    ({ role, route }) =>
      (params["route"] ?? route) === route && (splitList(params["roles"], ",") ?? [role]).includes(role),
  );
  const operation = findOperation(params["route"] ?? first?.route, rules);
  const subject = params["subject"] ?? "local-user";
  const names = operation === undefined ? [] : parameterNames(operation.route.segments);
  return {
    tenant,
    roles:
      splitList(params["roles"], ",") ??
      (first === undefined ? listRoles(tenant, set).slice(0, 1) : [first.role]),
    subject,
    scopes: splitList(params["scopes"], " ") ?? [],
    issuer: params["issuer"] ?? listIssuers(tenant, set, realIssuers)[0] ?? "",
    withToken: params["token"] !== "none",
    operation,
    values: Object.fromEntries(names.map((name) => [name, params[valueKey(name)] ?? "42"])),
    query: params["query"] ?? "",
  };
}

const splitList = (text: string | undefined, separator: string): string[] | undefined =>
  text?.split(separator).filter((item) => item !== "");

function findOperation(route: string | undefined, { api }: Rules): Operation | undefined {
  if (route !== undefined) return api.operations.find((operation) => operation.route.key === route);
  return api.operations.find((operation) => !operation.public) ?? api.operations[0];
}

/** Returns the roles that a tenant's callers can have: its own and the shared ones, sorted. */
export const listRoles = (tenant: string, set: OpenSet): string[] =>
  [...new Set([...(set.tenant(tenant)?.roles ?? []), ...set.rules.roles.keys()])].sort();

/** Returns the scopes that operations require, sorted. */
export const listScopes = ({ api }: Rules): string[] =>
  [...new Set(api.operations.flatMap(({ route }) => route.scopes))].sort();

/** Returns the issuers that tokens can be had of here, those whose tokens may speak for the tenant first. */
export function listIssuers(tenant: string, set: OpenSet, realIssuers: readonly string[]): string[] {
  const { issuers } = set.rules;
  const own = set.tenant(tenant)?.issuers;
  const maySpeak = (name: string): boolean => {
    const covered = issuers.get(name)?.tenants ?? "*";
    return own?.includes(name) ?? (!Array.isArray(covered) || covered.includes(tenant));
  };
  return [...issuers.keys()]
    .filter((name) => !realIssuers.includes(name))
    .sort((a, b) => Number(maySpeak(b)) - Number(maySpeak(a)));
}
