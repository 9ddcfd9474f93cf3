import type { Entry, RoleDefinition } from "../model/role-grants.ts";
import type { Rules } from "../model/rules-json.ts";
import type { TenantDefinition } from "../model/tenant-grants.ts";
import type { ActionGroups, Reach } from "./action-groups.ts";
import { isIn } from "./action-groups.ts";
import {
  anyOf,
  type CedarPolicy,
  type EntityUid,
  entity,
  roleUid,
  tenantRoleUid,
  tenantUid,
} from "./cedar-text.ts";
import { bindingHolds } from "./conditions.ts";

export const textsOf = (entries: readonly Entry[]): string[] => entries.map(({ text }) => text);

const hasNoWhere = ({ where }: Entry): boolean => Object.keys(where).length === 0;

/** What the policies of one role are about. */
interface RoleScope {
  readonly role: RoleDefinition;
  readonly uid: EntityUid;
  /** The file and the key. */
  readonly id: string;
  /** For a tenant's own role: its tenant. */
  readonly resource: string | undefined;
}

/** Returns the policies of shared roles: a permit for `allow`, and a forbid for `except`. */
export const sharedRolePolicies = (rules: Rules, groups: ActionGroups): CedarPolicy[] =>
  [...rules.roles.values()].flatMap((role) =>
    rolePolicies({ role, uid: roleUid(role.name), id: role.at.file, resource: undefined }, rules, groups),
  );

/** Returns the policies of a tenant's own roles. */
export const ownRolePolicies = (
  tenant: TenantDefinition,
  rules: Rules,
  groups: ActionGroups,
): CedarPolicy[] =>
  [...tenant.roles.values()].flatMap((role) =>
    rolePolicies(
      {
        role,
        uid: tenantRoleUid(tenant.id, role.name),
        id: `${role.at.file} roles ${role.name}`,
        resource: `== ${entity(tenantUid(tenant.id))}`,
      },
      rules,
      groups,
    ),
  );

function rolePolicies(
  { role, uid, id, resource }: RoleScope,
  { issuers }: Rules,
  groups: ActionGroups,
): CedarPolicy[] {
  const principal = `in ${entity(uid)}`;
  const permit = (entries: readonly Entry[], name: string, when: readonly string[]): CedarPolicy[] =>
    permits(groups.reach(textsOf(entries)), { id: name, principal, resource, when }, groups);
  const bound = role.allow.filter((entry) => !hasNoWhere(entry));
  return [
    ...permit(role.allow.filter(hasNoWhere), `${id} allow`, []),
    ...bound.flatMap((entry) =>
      permit([entry], `${id} allow ${entry.text}`, bindingHolds(entry.where, issuers.values())),
    ),
    ...(role.except.length === 0
      ? []
      : [
          {
            id: `${id} except`,
            effect: "forbid" as const,
            principal,
            resource,
            actions: select(role.except, groups),
          },
        ]),
  ];
}

/** Returns the groups of selectors in lists that take access: there wildcards reach explicit operations too. */
export const select = (entries: readonly Entry[], groups: ActionGroups): string[] => [
  ...new Set(textsOf(entries).map((text) => groups.select(text))),
];

function permits(
  { whole, withoutExplicit }: Reach,
  policy: Pick<CedarPolicy, "id" | "principal" | "resource" | "when">,
  groups: ActionGroups,
): CedarPolicy[] {
  return [
    ...(whole.length > 0 ? [{ ...policy, effect: "permit" as const, actions: whole }] : []),
    ...(withoutExplicit.length > 0
      ? [
          {
            ...policy,
            id: `${policy.id}, not explicit`,
            effect: "permit" as const,
            actions: withoutExplicit,
            when: [...(policy.when ?? []), groups.notExplicit()],
          },
        ]
      : []),
  ];
}

/**
 * Returns the policy of a shared role that a tenant does not have (`none`). Nobody can use the role, and roles that extend
 * it lose what it grants: what it and its parents allow without what they except.
 */
export function removedRole(
  role: RoleDefinition,
  tenant: TenantDefinition,
  rules: Rules,
  groups: ActionGroups,
): CedarPolicy {
  const ancestors = withAncestors(role, rules.roles);
  const allowed = groups.isReached(groups.reach(ancestors.flatMap(({ allow }) => textsOf(allow))));
  const excepted = ancestors.flatMap(({ except }) => select(except, groups));
  const granted = excepted.length === 0 ? allowed : `(${allowed}) && !(${isIn([...new Set(excepted)])})`;
  return {
    id: `${tenant.at.file} changes ${role.name}`,
    effect: "forbid",
    principal: `in ${entity(roleUid(role.name))}`,
    resource: `== ${entity(tenantUid(tenant.id))}`,
    when: [anyOf([`principal == ${entity(roleUid(role.name))}`, granted])],
  };
}

function withAncestors(role: RoleDefinition, roles: ReadonlyMap<string, RoleDefinition>): RoleDefinition[] {
  const found = new Set([role]);
  for (const { parents } of found)
    for (const { name } of parents) {
      const parent = roles.get(name);
      if (parent !== undefined) found.add(parent);
    }
  return [...found];
}
