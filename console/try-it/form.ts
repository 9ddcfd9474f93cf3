import { parameterNames } from "../../core/model/route.ts";
import type { Operation } from "../../core/policy-files/model/operation.ts";
import type { Rules } from "../../core/policy-files/model/rules-json.ts";

/** What the form says: who asks, and what. */
export interface Form {
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly issuer: string;
  /** False: the request has no token. */
  readonly withToken: boolean;
  readonly operation: Operation | undefined;
  /** Of path parameters, not encoded. */
  readonly values: Readonly<Record<string, string>>;
  /** Without `?`, as it is sent. */
  readonly query: string;
}

type Params = Readonly<Record<string, string>>;

/** The key of a path parameter's value in the address. */
export const valueKey = (name: string): string => `p.${name}`;

/** The form as the address has it, with what is likely where it says nothing. */
export function formIn(params: Params, rules: Rules): Form {
  const tenant = params["tenant"] ?? firstTenant(rules);
  const operation = operationIn(params["route"], rules);
  const subject = params["subject"] ?? "local-user";
  const names = operation === undefined ? [] : parameterNames(operation.route.segments);
  return {
    tenant,
    roles: listIn(params["roles"], ",") ?? rolesOf(tenant, rules).slice(0, 1),
    subject,
    scopes: listIn(params["scopes"], " ") ?? [],
    issuer: params["issuer"] ?? issuersOf(tenant, rules)[0] ?? "main",
    withToken: params["token"] !== "none",
    operation,
    values: Object.fromEntries(names.map((name) => [name, params[valueKey(name)] ?? "42"])),
    query: params["query"] ?? "",
  };
}

const listIn = (text: string | undefined, separator: string): string[] | undefined =>
  text?.split(separator).filter((item) => item !== "");

const firstTenant = ({ tenants }: Rules): string =>
  [...tenants.values()].find(({ status }) => status !== "suspended")?.id ?? "";

function operationIn(route: string | undefined, { api }: Rules): Operation | undefined {
  if (route !== undefined) return api.operations.find((operation) => operation.route.key === route);
  return api.operations.find((operation) => !operation.public) ?? api.operations[0];
}

/** The roles that a tenant's callers can have: its own and the shared ones. */
export const rolesOf = (tenant: string, { roles, tenants }: Rules): string[] =>
  [...new Set([...(tenants.get(tenant)?.roles.keys() ?? []), ...roles.keys()])].sort();

/** All scopes that some operation wants. */
export const scopesOf = ({ api }: Rules): string[] =>
  [...new Set(api.operations.flatMap(({ route }) => route.scopes))].sort();

/** The issuers whose tokens may speak for a tenant come first. */
export function issuersOf(tenant: string, { issuers, tenants }: Rules): string[] {
  const own = tenants.get(tenant)?.issuers;
  const may = (name: string): boolean => {
    const covered = issuers.get(name)?.tenants ?? "*";
    return own?.includes(name) ?? (covered === "*" || covered.includes(tenant));
  };
  return [...issuers.keys()].sort((a, b) => Number(may(b)) - Number(may(a)) || (a === "main" ? -1 : 1));
}
