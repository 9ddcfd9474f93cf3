import { CLIENT, MEMBER, readMembership } from "../../decision/memberships.ts";
import { InternalError } from "../../model/errors.ts";
import { type Item, readTenant, TENANT_SORT_KEY, type TenantItem, tenantKey } from "../../model/items.ts";
import { RUNTIME_OWNER } from "../compile/permission-items.ts";
import type { PolicySet } from "../model/policy-set.ts";
import type { Problem } from "../source/problem.ts";
import { suggestion } from "../source/suggestion.ts";

/** What is wrong with an item that was written at run time, as the policy files stand. */
export interface RunTimeProblem {
  readonly severity: Problem["severity"];
  /** The item's key. */
  readonly item: string;
  readonly message: string;
}

export const printRunTimeProblem = ({ item, severity, message }: RunTimeProblem): string =>
  `${item}: ${severity}: ${message}`;

const isTenant = ({ sk }: Item): boolean => sk === TENANT_SORT_KEY;
const isMember = ({ sk }: Item): boolean => String(sk).startsWith(MEMBER) || String(sk).startsWith(CLIENT);
const keyOf = ({ pk, sk }: Item): string => `${String(pk)} ${String(sk)}`;

/** Holds a table's run-time items against the files: tenants in both, and names that the files do not have. */
export function findRunTimeProblems(policies: PolicySet, items: readonly Item[]): RunTimeProblem[] {
  const tenants = new Map<string, TenantItem>();
  const found: RunTimeProblem[] = [];
  const add = (item: Item, severity: Problem["severity"], messages: readonly string[]): void =>
    void found.push(...messages.map((message) => ({ severity, item: keyOf(item), message })));
  for (const item of items.filter(isTenant))
    add(
      item,
      "error",
      readable(() => {
        const tenant = readTenant(item);
        const others = [...tenants.keys()].filter((id) => id.toLowerCase() === tenant.id.toLowerCase());
        tenants.set(tenant.id, tenant);
        return [...others.map(sameButForCase), ...tenantProblems(policies, tenant)];
      }),
    );
  for (const item of items.filter(isMember))
    add(
      item,
      "warning",
      readable(() => memberProblems(policies, tenants, item)),
    );
  return found;
}

const sameButForCase = (id: string): string =>
  `the table has the tenant "${id}" too: ids are unique without regard to case; remove one`;

/** What an item is wrong by; one that cannot be read by that alone. */
function readable(problems: () => string[]): string[] {
  try {
    return problems();
  } catch (error) {
    if (!(error instanceof InternalError)) throw error;
    return [`${error.message}: its requests are answered with 500`];
  }
}

/** A tenant has one keeper; ids are unique without regard to case. */
export function findTenantInBoth({ tenants }: PolicySet, id: string): string | undefined {
  const lower = id.toLowerCase();
  const file = tenants.get(id) ?? [...tenants.values()].find((other) => other.id.toLowerCase() === lower);
  if (file === undefined) return undefined;
  const spelt = file.id === id ? "" : ` (as "${file.id}")`;
  return `the tenant "${id}" is in ${file.at.file}${spelt}, and in the table as ${tenantKey(id)} ${TENANT_SORT_KEY} of owner "${RUNTIME_OWNER}": a tenant has one keeper; remove its file, or the item (portcullis tenant remove ${id})`;
}

function tenantProblems(policies: PolicySet, { id, plan, issuers, changes }: TenantItem): string[] {
  const twice = findTenantInBoth(policies, id);
  if (twice !== undefined) return [twice];
  const { plans, roles } = policies;
  const unknownIssuers = [...(issuers ?? [])].flatMap((name) => issuerProblem(policies, name, id));
  const unknownRoles = [...changes.keys()].filter((role) => !roles.has(role));
  return [
    ...(plan === null && plans.size > 0 ? [`it has no plan, and plans.yaml has ${list(plans.keys())}`] : []),
    ...(plan === null || plans.has(plan)
      ? []
      : [
          `the files have no plan "${plan}"${suggestion(plan, plans.keys())}: its requests are answered with 500; keep the plan, or tenant put ${id} --plan`,
        ]),
    ...unknownIssuers,
    ...unknownRoles.map((role) => `changes: the files have no shared role "${role}"`),
  ];
}

function issuerProblem({ issuers }: PolicySet, name: string, tenant: string): string[] {
  const issuer = issuers.get(name);
  if (issuer === undefined)
    return [`the files have no issuer "${name}"${suggestion(name, issuers.keys())}: nobody of it gets in`];
  const covered = issuer.tenants === "*" || issuer.tenants.includes(tenant);
  return covered ? [] : [`issuer ${name} does not cover the tenant ${tenant}: see issuers.yaml`];
}

function memberProblems(policies: PolicySet, tenants: ReadonlyMap<string, TenantItem>, item: Item): string[] {
  const { tenant: id, roles } = readMembership(item);
  const tenant = policies.tenants.get(id) ?? tenants.get(id);
  if (tenant === undefined) return [`neither the files nor the table have the tenant "${id}"`];
  const [, name = ""] = String(item["sk"]).split("#", 2);
  const issuer = policies.issuers.get(name);
  const known = (role: string): boolean =>
    policies.roles.has(role) || [...tenant.roles.keys()].some((own) => own === role);
  return [
    ...(issuer === undefined ? [`the files have no issuer "${name}": it gives nothing`] : []),
    ...(issuer !== undefined && issuer.memberships === undefined
      ? [`issuer ${name} uses no memberships: it gives nothing`]
      : []),
    ...roles
      .filter(({ role }) => !known(role))
      .map(({ role }) => `neither the files nor the tenant have a role "${role}": it gives nothing`),
  ];
}

const list = (names: Iterable<string>): string => [...names].sort().join(", ");
