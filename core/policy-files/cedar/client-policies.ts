import { isClientPattern } from "../../model/client-ceilings.ts";
import type { CeilingDefinition } from "../model/client-ceiling.ts";
import type { IssuerDefinition } from "../model/issuer-presets.ts";
import type { Rules } from "../model/rules-json.ts";
import type { TenantDefinition } from "../model/tenant-grants.ts";
import { type ActionGroups, scopeGroup } from "./action-groups.ts";
import {
  allOf,
  anyOf,
  type CedarPolicy,
  entity,
  isOneOf,
  issuerUid,
  quote,
  tenantUid,
} from "./cedar-text.ts";
import { CALLER, hasTenant, ISSUER } from "./conditions.ts";
import { select, textsOf } from "./role-policies.ts";

const CLIENT = `${CALLER}.client`;
const PATTERNS = `${CALLER}.clientPatterns`;
const HAS_DELEGATE = `${CALLER} has delegate`;

type Limited = IssuerDefinition & { readonly ceilings: NonNullable<IssuerDefinition["ceilings"]> };

/** Returns the issuers with ceilings: all if there is a `clients.yaml`. */
export const limitedIssuers = (issuers: Rules["issuers"]): Limited[] =>
  [...issuers.values()].filter((issuer): issuer is Limited => issuer.ceilings !== undefined);

/** Returns the policies of `clients.yaml`: what each client and each delegate may do at most. */
export function clientPolicies(rules: Rules, groups: ActionGroups): CedarPolicy[] {
  const limited = limitedIssuers(rules.issuers);
  const named = limited.flatMap((issuer) => [
    ...[...issuer.ceilings.clients].map(
      ([client, ceiling]) => [`${issuer.name} ${client}`, ceiling, isClient(issuer, client)] as const,
    ),
    ...[...issuer.ceilings.delegates].map(
      ([subject, ceiling]) =>
        [`${issuer.name} delegate ${subject}`, ceiling, isDelegate(issuer, subject)] as const,
    ),
  ]);
  const defaults = sharedDefaults(limited).map(
    ([issuers, ceiling]) =>
      [
        `${issuers.map(({ name }) => name).join(", ")} default`,
        ceiling,
        isDefault(issuers, limited),
      ] as const,
  );
  return [...defaults, ...named].flatMap(([name, ceiling, when]) =>
    ceilingPolicies(`${ceiling.at.file} ${name}`, ceiling, when, groups),
  );
}

function ceilingPolicies(
  id: string,
  { ceiling, scopes, tenants }: CeilingDefinition,
  when: string,
  groups: ActionGroups,
): CedarPolicy[] {
  const within = groups.isReached(groups.reach(textsOf(ceiling)));
  const removed =
    scopes === undefined
      ? []
      : [...new Set(groups.operations.flatMap(({ route }) => route.scopes))].filter(
          (one) => !scopes.includes(one),
        );
  return [
    { id: `${id} ceiling`, effect: "forbid", when: [when], unless: within === "false" ? [] : [within] },
    ...(removed.length === 0
      ? []
      : [{ id: `${id} scopes`, effect: "forbid" as const, actions: removed.map(scopeGroup), when: [when] }]),
    ...(tenants === undefined
      ? []
      : [{ id: `${id} tenants`, effect: "forbid" as const, when: [when], unless: [hasTenant(tenants)] }]),
  ];
}

/** Returns the policies of what a tenant takes from ceilings. */
export function ceilingChangePolicies(
  tenant: TenantDefinition,
  { issuers }: Rules,
  groups: ActionGroups,
): CedarPolicy[] {
  const limited = limitedIssuers(issuers);
  return [...tenant.clients].flatMap(([name, { otherwise, clients, delegates }]) => {
    const issuer = limited.find((one) => one.name === name);
    if (issuer === undefined) return [];
    const changes = [
      ...(otherwise === undefined ? [] : [["default", otherwise, isDefault([issuer], limited)] as const]),
      ...[...clients].map(([client, change]) => [client, change, isClient(issuer, client)] as const),
      ...[...delegates].map(
        ([subject, change]) => [`delegate ${subject}`, change, isDelegate(issuer, subject)] as const,
      ),
    ];
    return changes
      .filter(([, { except }]) => except === "none" || except.length > 0)
      .map(
        ([entry, { except }, when]): CedarPolicy => ({
          id: `${tenant.at.file} clients ${name} ${entry}`,
          effect: "forbid",
          actions: except === "none" ? undefined : select(except, groups),
          resource: `== ${entity(tenantUid(tenant.id))}`,
          when: [when],
        }),
      );
  });
}

const isOf = ({ name }: IssuerDefinition): string => `${ISSUER} == ${entity(issuerUid(name))}`;

const namesOf = ({ ceilings }: Limited): string[] =>
  [...ceilings.clients.keys()].filter((client) => !isClientPattern(client)).map(quote);
const patternsOf = ({ ceilings }: Limited): string[] =>
  [...ceilings.clients.keys()].filter(isClientPattern).map(quote);

/** Writes that a token is of the client of an entry. A client that two entries match has the default instead. */
function isClient(issuer: Limited, client: string): string {
  const [names, patterns] = [namesOf(issuer), patternsOf(issuer)];
  return isClientPattern(client)
    ? allOf([
        isOf(issuer),
        `${PATTERNS} == [${quote(client)}]`,
        ...(names.length === 0 ? [] : [`!${isOneOf(CLIENT, names)}`]),
      ])
    : allOf([
        isOf(issuer),
        `${CLIENT} == ${quote(client)}`,
        ...(patterns.length === 0 ? [] : [`${PATTERNS}.isEmpty()`]),
      ]);
}

/** Writes that a client has no entry of its own. */
function isOther(issuer: Limited): string[] {
  const [names, patterns] = [namesOf(issuer), patternsOf(issuer)];
  const named = isOneOf(CLIENT, names);
  if (patterns.length === 0) return names.length === 0 ? [] : [`!${named}`];
  const single = isOneOf(
    PATTERNS,
    patterns.map((pattern) => `[${pattern}]`),
  );
  return names.length === 0
    ? [`!${single}`]
    : [`!(${named} && ${PATTERNS}.isEmpty())`, `!(!${named} && ${single})`];
}

const delegateRecord = ({ name }: IssuerDefinition, subject: string): string =>
  `{ issuer: ${entity(issuerUid(name))}, subject: ${quote(subject)} }`;

/** Writes that the current delegate is that of an entry. An issuer with a URL in the files has delegates of its own tokens only. */
const isDelegate = (issuer: Limited, subject: string): string =>
  allOf([
    HAS_DELEGATE,
    `${CALLER}.delegate == ${delegateRecord(issuer, subject)}`,
    ...(issuer.trust === undefined ? [] : [isOf(issuer)]),
  ]);

/** Writes that there is a current delegate that has no entry. */
function isOtherDelegate(limited: readonly Limited[]): string {
  const inCatalogue = limited.filter(({ trust }) => trust === undefined);
  const records = inCatalogue.flatMap((issuer) =>
    [...issuer.ceilings.delegates.keys()].map((subject) => delegateRecord(issuer, subject)),
  );
  const others = limited
    .filter(({ trust }) => trust !== undefined)
    .flatMap((issuer) => [...issuer.ceilings.delegates.keys()].map((subject) => isDelegate(issuer, subject)));
  return allOf([
    HAS_DELEGATE,
    ...(records.length === 0 ? [] : [`!${isOneOf(`${CALLER}.delegate`, records)}`]),
    ...others.map((one) => `!(${one})`),
  ]);
}

/** Returns the defaults with their issuers. Issuers that name no client and have the same default are together. */
function sharedDefaults(
  limited: readonly Limited[],
): (readonly [readonly [Limited, ...Limited[]], CeilingDefinition])[] {
  const together = new Map<CeilingDefinition, [Limited, ...Limited[]]>();
  for (const issuer of limited.filter(({ ceilings }) => ceilings.clients.size === 0)) {
    const others = together.get(issuer.ceilings.otherwise);
    if (others === undefined) together.set(issuer.ceilings.otherwise, [issuer]);
    else others.push(issuer);
  }
  return [
    ...limited
      .filter(({ ceilings }) => ceilings.clients.size > 0)
      .map((issuer) => [[issuer] as const, issuer.ceilings.otherwise] as const),
    ...[...together].map(([ceiling, issuers]) => [issuers, ceiling] as const),
  ];
}

/** Writes that the default of these issuers applies: to the client, or to the delegate. */
function isDefault(
  [issuer, ...others]: readonly [Limited, ...Limited[]],
  limited: readonly Limited[],
): string {
  if (others.length > 0)
    return isOneOf(
      ISSUER,
      [issuer, ...others].map(({ name }) => entity(issuerUid(name))),
    );
  const other = isOther(issuer);
  return other.length === 0
    ? isOf(issuer)
    : allOf([isOf(issuer), anyOf([allOf(other), isOtherDelegate(limited)])]);
}
