import { parameterNames } from "../../core/model/route.ts";
import type { Operation } from "../../core/policy-files/model/operation.ts";
import type { Rules } from "../../core/policy-files/model/rules-json.ts";
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

/** Reads the form from the URL, with likely defaults for what the URL does not set. */
export function readForm(params: Params, rules: Rules): Form {
  const tenant = params["tenant"] ?? firstTenant(rules);
  const operation = findOperation(params["route"], rules);
  const subject = params["subject"] ?? "local-user";
  const names = operation === undefined ? [] : parameterNames(operation.route.segments);
  return {
    tenant,
    roles: splitList(params["roles"], ",") ?? listRoles(tenant, rules).slice(0, 1),
    subject,
    scopes: splitList(params["scopes"], " ") ?? [],
    issuer: params["issuer"] ?? listIssuers(tenant, rules)[0] ?? "main",
    withToken: params["token"] !== "none",
    operation,
    values: Object.fromEntries(names.map((name) => [name, params[valueKey(name)] ?? "42"])),
    query: params["query"] ?? "",
  };
}

const splitList = (text: string | undefined, separator: string): string[] | undefined =>
  text?.split(separator).filter((item) => item !== "");

const firstTenant = ({ tenants }: Rules): string =>
  [...tenants.values()].find(({ status }) => status !== "suspended")?.id ?? "";

function findOperation(route: string | undefined, { api }: Rules): Operation | undefined {
  if (route !== undefined) return api.operations.find((operation) => operation.route.key === route);
  return api.operations.find((operation) => !operation.public) ?? api.operations[0];
}

/** Returns the roles that a tenant's callers can have: its own and the shared ones, sorted. */
export const listRoles = (tenant: string, { roles, tenants }: Rules): string[] =>
  [...new Set([...(tenants.get(tenant)?.roles.keys() ?? []), ...roles.keys()])].sort();

/** Returns the scopes that operations require, sorted. */
export const listScopes = ({ api }: Rules): string[] =>
  [...new Set(api.operations.flatMap(({ route }) => route.scopes))].sort();

/** Returns all issuers; those whose tokens may speak for the tenant come first. */
export function listIssuers(tenant: string, { issuers, tenants }: Rules): string[] {
  const own = tenants.get(tenant)?.issuers;
  const maySpeak = (name: string): boolean => {
    const covered = issuers.get(name)?.tenants ?? "*";
    return own?.includes(name) ?? (covered === "*" || covered.includes(tenant));
  };
  return [...issuers.keys()].sort(
    (a, b) => Number(maySpeak(b)) - Number(maySpeak(a)) || (a === "main" ? -1 : 1),
  );
}
