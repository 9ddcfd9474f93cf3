import { supposedCaller } from "../../core/decision/caller.ts";
import { isDenial } from "../../core/decision/denial.ts";
import { CLIENT, MEMBER, readMembership } from "../../core/decision/memberships.ts";
import { permissionsOf } from "../../core/decision/permissions.ts";
import { BY_DIRECTORY } from "../../core/model/directory.ts";
import { issuerName } from "../../core/model/ids.ts";
import { readIssuerSwitches } from "../../core/model/issuer-switch.ts";
import {
  type Catalogue,
  type IssuerItem,
  type Item,
  type TenantItem,
  tenantKey,
} from "../../core/model/items.ts";
import { readItems } from "../../core/policy-files/compile/catalogue.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import {
  addedTenants,
  type RunTimeItems,
  stateFrom,
} from "../../core/policy-files/simulate/run-time-state.ts";
import type { Position } from "../../core/policy-files/source/problem.ts";
import { singleChanges } from "../../runtime/table/recorded-change.ts";
import type { AuditEntry } from "../../runtime/table/tenant-store.ts";

/** One role that somebody has in a tenant, or would have. */
export interface ReviewRow {
  readonly tenant: string;
  /** `token` stands for everybody whose token says so: the files name no persons. */
  readonly kind: "person" | "client" | "token";
  readonly issuer: string;
  readonly who: string;
  readonly role: string;
  /** When the role ends, in ISO 8601; empty without an end. */
  readonly until: string;
  /** `in force`, or why the role gives nothing at that time. */
  readonly effect: string;
  /** File and line, or the item of the table. */
  readonly source: string;
  /** Who gave the role, when and why; empty if the history does not have it. */
  readonly by: string;
  readonly when: string;
  readonly why: string;
}

export interface ReviewInput {
  readonly policies: PolicySet;
  readonly runTime: RunTimeItems;
  readonly history: readonly AuditEntry[];
  /** In seconds since 1970. */
  readonly at: number;
  /** Returns where an issuer's file maps a group to roles. */
  readonly groupAt: (issuer: string, group: string) => Position | undefined;
  readonly printPosition: (at: Position) => string;
}

/** Lists who has which role in which tenant: by memberships first, and then by tokens. */
export function reviewRows(input: ReviewInput): ReviewRow[] {
  const { policies, runTime } = input;
  const items = permissionItems(policies);
  const { catalogue, tenants } = readItems([...items, ...addedTenants(runTime, policies.tenants.keys())]);
  const rows = [...membershipRows(input, catalogue, tenants), ...tokenRows(input, catalogue, tenants)];
  const order = ({ tenant, kind, issuer, who, role }: ReviewRow): string =>
    [tenant, kind, issuer, who, role].join("\n");
  return rows.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

type Tenants = ReadonlyMap<string, TenantItem>;

function membershipRows(input: ReviewInput, catalogue: Catalogue, tenants: Tenants): ReviewRow[] {
  const { runTime, at } = input;
  const ids = new Map([...tenants.values()].map((tenant) => [partitionOf(tenant.id), tenant]));
  const stateOf = stateFrom(runTime, catalogue, at);
  const given = lastGrants(input);
  return runTime.items.filter(isMember).flatMap((item) => {
    const [kind = "", issuer = "", ...rest] = String(item["sk"]).split("#");
    const [who, isClient] = [rest.join("#"), kind === "CLIENT"];
    const tenant = ids.get(String(item["pk"]));
    const membership = readMembership(item);
    const caller = supposedCaller({
      ...{ tenant: tenant?.id ?? "", subject: who, issuer, issuedAt: at },
      ...(isClient && { clientId: who }),
    });
    return membership.roles.flatMap(({ role, until, reason }): ReviewRow[] => {
      if (until !== null && until <= at) return [];
      const state = stateOf(caller);
      const only = state && { ...state, memberships: [{ ...membership, roles: [{ role, until, reason }] }] };
      const entry = given.get(grantKey(membership.partition, membership.sortKey, role));
      return [
        {
          tenant: tenant?.id ?? membership.partition.replace(/^TENANT#/, ""),
          kind: isClient ? "client" : "person",
          ...{ issuer, who, role },
          until: until === null ? "" : new Date(until * 1_000).toISOString(),
          effect:
            tenant === undefined
              ? "no such tenant"
              : effectOf(
                  issuer,
                  role,
                  runTime,
                  permissionsOf(caller, { catalogue, tenant, membershipState: only }),
                ),
          source: `${membership.partition} ${membership.sortKey}`,
          by: entry?.who ?? "",
          when: entry?.when ?? "",
          why: entry === undefined ? reason : entry.why,
        },
      ];
    });
  });
}

const isMember = ({ sk }: Item): boolean => [MEMBER, CLIENT].some((prefix) => String(sk).startsWith(prefix));

const grantKey = (...parts: readonly string[]): string => JSON.stringify(parts);

/** Finds the change that gave each role last, at the time of the review. */
function lastGrants({ history, at }: ReviewInput): Map<string, AuditEntry> {
  const until = new Date(at * 1_000).toISOString();
  const found = new Map<string, AuditEntry>();
  for (const entry of history) {
    const { tenant = "", change, when, outcome } = entry;
    if (change === undefined || when > until || outcome.startsWith("failed") || outcome === "unchanged")
      continue;
    for (const one of singleChanges(change))
      if (one.kind === "grant") found.set(grantKey(partitionOf(tenant), one.sk, one.role), entry);
  }
  return found;
}

/** Returns whether a role is in force, or why the decision does not count it. */
function effectOf(
  issuer: string,
  role: string,
  { switches }: RunTimeItems,
  found: ReturnType<typeof permissionsOf>,
): string {
  if (readIssuerSwitches(switches).get(issuerName(issuer))?.suspended === true) return "issuer_suspended";
  if (isDenial(found)) return found.reason;
  return found.roles.some((held) => held === role) ? "in force" : "no_role";
}

function tokenRows(input: ReviewInput, catalogue: Catalogue, tenants: Tenants): ReviewRow[] {
  return [...catalogue.issuers.values()]
    .filter(({ memberships }) => memberships !== "instead")
    .flatMap((issuer) =>
      coveredBy(issuer, tenants).flatMap((tenant) => [
        ...rolesByToken(input, issuer, catalogue, tenant).map(({ role, effect, who, at }) => ({
          ...{ tenant: tenant.id, kind: "token" as const, issuer: issuer.name, who, role, until: "", effect },
          ...{ source: input.printPosition(at), by: "", when: "", why: "" },
        })),
      ]),
    );
}

function coveredBy({ name, tenants: covered }: IssuerItem, tenants: Tenants): TenantItem[] {
  const accepted =
    covered === null || covered === BY_DIRECTORY
      ? [...tenants.values()]
      : [...covered].flatMap((id) => tenants.get(id) ?? []);
  return accepted.filter(
    (tenant) =>
      (tenant.issuers === null || tenant.issuers.has(name)) &&
      (covered !== BY_DIRECTORY || tenant.directories.has(name)),
  );
}

/** Lists the roles that the tokens of an issuer can give in a tenant. */
function rolesByToken(
  { policies, groupAt, runTime }: ReviewInput,
  { name, roleNames }: IssuerItem,
  catalogue: Catalogue,
  tenant: TenantItem,
) {
  const definition = policies.issuers.get(name);
  const start = definition?.at ?? { file: "issuers.yaml", line: 1, column: 1 };
  const named =
    roleNames === null
      ? [...new Set([...catalogue.roles.keys(), ...tenant.roles.keys()])].map((role) => {
          const own = policies.tenants.get(tenant.id)?.roles.get(role);
          const at = own?.at ?? policies.roles.get(role)?.at ?? start;
          return { role, who: "any token that names the role", at };
        })
      : [...roleNames].flatMap(([group, roles]) =>
          roles.map((role) => ({
            role,
            who: `any token with "${group}"`,
            at: groupAt(name, group) ?? start,
          })),
        );
  return named.flatMap(({ role, who, at }) => {
    const caller = supposedCaller({ tenant: tenant.id, roles: [role], issuer: name });
    const effect = effectOf(
      name,
      role,
      runTime,
      permissionsOf(caller, { catalogue, tenant, membershipState: null }),
    );
    return effect === "no_role" ? [] : [{ role, who, at, effect }];
  });
}

const partitionOf = (id: string): string => tenantKey(id);
