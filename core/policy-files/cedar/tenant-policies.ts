import { BY_DIRECTORY } from "../../model/directory.ts";
import type { Rules } from "../model/rules-json.ts";
import type { TenantDefinition } from "../model/tenant-grants.ts";
import { type ActionGroups, bindGroup, isIn, scopeGroup } from "./action-groups.ts";
import {
  allOf,
  anyOf,
  type CedarPolicy,
  entity,
  isOneOf,
  planUid,
  quote,
  roleUid,
  tenantUid,
} from "./cedar-text.ts";
import { ceilingChangePolicies } from "./client-policies.ts";
import { bindingHolds, CALLER, ISSUER } from "./conditions.ts";
import { ownRolePolicies, removedRole, select } from "./role-policies.ts";

/** Returns the policies of `api.yaml`: scopes that operations need, and the root's `bind`. */
export function apiPolicies({ issuers }: Rules, groups: ActionGroups): CedarPolicy[] {
  const { operations } = groups;
  const scopes = [...new Set(operations.flatMap(({ route }) => route.scopes))].sort();
  for (const scope of scopes) groups.add(scopeGroup(scope), ({ route }) => route.scopes.includes(scope));
  const bound = new Map(
    operations.flatMap(({ bind }) =>
      Object.entries(bind).flatMap(([parameter, sources]) =>
        sources.map((source) => [bindGroup(parameter, source), [parameter, source] as const] as const),
      ),
    ),
  );
  for (const [id, [parameter, source]] of bound)
    groups.add(
      id,
      ({ bind }) => Object.hasOwn(bind, parameter) && bind[parameter]?.includes(source) === true,
    );
  return [
    ...scopes.map(
      (scope): CedarPolicy => ({
        id: `api.yaml scopes ${scope}`,
        effect: "forbid",
        actions: [scopeGroup(scope)],
        unless: [`${CALLER}.scopes.contains(${quote(scope)})`],
      }),
    ),
    ...[...bound].map(
      ([id, [parameter, source]]): CedarPolicy => ({
        id: `api.yaml ${id}`,
        effect: "forbid",
        actions: [id],
        unless: [allOf(bindingHolds({ [parameter]: [source] }, issuers.values()))],
      }),
    ),
  ];
}

/** Returns the policies of `issuers.yaml`: the tenants that an issuer may speak for. */
export function issuerPolicies({ issuers }: Rules): CedarPolicy[] {
  const listed = `${ISSUER}.tenants.contains(resource)`;
  const covered = anyOf([`${ISSUER}.everyTenant`, listed]);
  const directory = `{ issuer: ${ISSUER}, name: ${CALLER}.directory }`;
  return [
    {
      id: "issuers.yaml tenants",
      effect: "forbid",
      unless: [
        usesDirectories(issuers)
          ? `if ${CALLER} has directory then resource has directories && resource.directories.contains(${directory}) else ${allOf([`${ISSUER} has everyTenant`, covered])}`
          : allOf([`${ISSUER} has everyTenant`, covered]),
      ],
    },
  ];
}

/** Returns whether an issuer has a directory for each tenant. */
export const usesDirectories = (issuers: Rules["issuers"]): boolean =>
  [...issuers.values()].some(({ tenants }) => tenants === BY_DIRECTORY);

/** Returns the policies of `plans.yaml`: ceilings, and the shared roles that a plan has. */
export const planPolicies = ({ plans }: Rules, groups: ActionGroups): CedarPolicy[] =>
  [...plans.values()].flatMap(({ name, at, ceiling, roles }): CedarPolicy[] => {
    const resource = `in ${entity(planUid(name))}`;
    const selected = select(ceiling, groups);
    return [
      {
        id: `${at.file} ${name} ceiling`,
        effect: "forbid",
        resource,
        unless: selected.length === 0 ? [] : [isIn(selected)],
      },
      ...(roles === undefined
        ? []
        : [
            {
              id: `${at.file} ${name} roles`,
              effect: "forbid" as const,
              principal: "is Role",
              resource,
              unless: [
                isOneOf(
                  "principal",
                  roles.map((role) => entity(roleUid(role))),
                ),
              ],
            },
          ]),
    ];
  });

/** Returns the policies that hold for all tenants: what their entities say. */
export const allTenantsPolicies = ({ tenants }: Rules): CedarPolicy[] => {
  const all = [...tenants.values()];
  return [
    {
      id: "tenants status",
      effect: "forbid",
      unless: [`resource has status && resource.status == "active"`],
    },
    ...(all.some(({ issuers }) => issuers !== undefined)
      ? [
          {
            id: "tenants issuers",
            effect: "forbid" as const,
            when: [`resource has issuers && !resource.issuers.contains(${ISSUER})`],
          },
        ]
      : []),
    ...(all.some(({ roles }) => roles.size > 0)
      ? [
          {
            id: "tenants roles",
            effect: "forbid" as const,
            principal: "is TenantRole",
            unless: ["principal has tenant && principal.tenant == resource"],
          },
        ]
      : []),
  ];
};

/** Returns the policies of one tenant's file. */
export function tenantPolicies(tenant: TenantDefinition, rules: Rules, groups: ActionGroups): CedarPolicy[] {
  const resource = `== ${entity(tenantUid(tenant.id))}`;
  return [
    ...changePolicies(tenant, rules, groups),
    ...(tenant.never.length === 0
      ? []
      : [
          {
            id: `${tenant.at.file} never`,
            effect: "forbid" as const,
            actions: select(tenant.never, groups),
            resource,
          },
        ]),
    ...ownRolePolicies(tenant, rules, groups),
    ...ceilingChangePolicies(tenant, rules, groups),
  ];
}

/** Returns the policies of `changes`. A change of a role also holds for the roles that extend it. */
const changePolicies = (tenant: TenantDefinition, rules: Rules, groups: ActionGroups): CedarPolicy[] =>
  [...tenant.changes].flatMap(([name, { except }]): CedarPolicy[] => {
    const role = rules.roles.get(name);
    if (role === undefined || except.length === 0) return [];
    if (except === "none") return [removedRole(role, tenant, rules, groups)];
    return [
      {
        id: `${tenant.at.file} changes ${name} except`,
        effect: "forbid",
        principal: `in ${entity(roleUid(name))}`,
        actions: select(except, groups),
        resource: `== ${entity(tenantUid(tenant.id))}`,
      },
    ];
  });
