import { CLIENT, MEMBER, REVOKED, readMembership } from "../../decision/memberships.ts";
import { BY_DIRECTORY } from "../../model/directory.ts";
import { InternalError } from "../../model/errors.ts";
import {
  DIRECTORY_PREFIX,
  type Item,
  readTenant,
  TENANT_PREFIX,
  TENANT_SORT_KEY,
  type TenantItem,
  tenantKey,
} from "../../model/items.ts";
import { memoize } from "../../model/memoize.ts";
import { permissionItems, RUNTIME_OWNER } from "../compile/permission-items.ts";
import type { TableRules } from "../compile/table-rules.ts";
import type { PolicySet } from "../model/policy-set.ts";
import type { TenantDefinition } from "../model/tenant-grants.ts";
import type { RuleId } from "../rules/rules.ts";
import type { Problem } from "../source/problem.ts";
import { shellQuote } from "../source/shell-quote.ts";
import { suggestion } from "../source/suggestion.ts";

import { isMoving } from "./moved-tenant.ts";
import { findStale, rulesFromItems } from "./recompile.ts";

/** A problem of an item that was written at run time, when it is compared with the policy files. */
export interface RunTimeProblem {
  readonly severity: Problem["severity"];
  readonly rule: RuleId;
  /** The item's key. */
  readonly item: string;
  readonly message: string;
}

export const printRunTimeProblem = ({ item, severity, message, rule }: RunTimeProblem): string =>
  `${item}: ${severity}: ${message} [${rule}]`;

/** What is wrong with an item. */
type Fault = readonly [rule: RuleId, message: string];

const isTenant = ({ sk }: Item): boolean => sk === TENANT_SORT_KEY;
const isMember = ({ sk }: Item): boolean => String(sk).startsWith(MEMBER) || String(sk).startsWith(CLIENT);
const isDirectory = ({ pk }: Item): boolean => String(pk).startsWith(DIRECTORY_PREFIX);
const isRevocation = ({ sk }: Item): boolean => String(sk).startsWith(REVOKED);
const printKey = ({ pk, sk }: Item): string => `${String(pk)} ${String(sk)}`;

/** Tenants of the files and of the table, by their partition. */
interface KnownTenants {
  readonly files: ReadonlyMap<string, TenantDefinition>;
  readonly table: ReadonlyMap<string, TenantItem>;
  readonly generations: ReadonlyMap<string, unknown>;
}

/**
 * Compares a table's run-time items with the files. Finds tenants that are in both, names that the files do not have,
 * and memberships and revocations of earlier tenants.
 *
 * @param generations the generation of each tenant in the table, whatever its owner, by its partition
 */
export function findRunTimeProblems(
  policies: PolicySet,
  items: readonly Item[],
  generations: ReadonlyMap<string, unknown>,
): RunTimeProblem[] {
  const tenants = new Map<string, TenantItem>();
  const files = indexTenants(policies.tenants);
  const known: KnownTenants = { files, table: tenants, generations };
  const found: RunTimeProblem[] = [];
  const rules = memoizeOnce(() => rulesFromItems(permissionItems({ ...policies, tenants: new Map() })));
  const add = (item: Item, severity: Problem["severity"], faults: readonly Fault[]): void =>
    void found.push(...faults.map(([rule, message]) => ({ severity, rule, item: printKey(item), message })));
  for (const item of items.filter(isTenant)) {
    const moved = isMoving(item) ? movedTo(policies, item) : undefined;
    if (moved !== undefined) add(item, "warning", [moved]);
    add(
      item,
      "error",
      readable(() => {
        const tenant = readTenant(item);
        tenants.set(tenantKey(tenant.id), tenant);
        return moved === undefined
          ? [...tenantProblems(policies, tenant), ...staleProblems(item, rules)]
          : [];
      }),
    );
  }
  for (const item of items.filter(isMember))
    add(
      item,
      "warning",
      readable(() => memberProblems(policies, known, item)),
    );
  for (const item of items.filter(isDirectory))
    add(
      item,
      "warning",
      readable(() => directoryItemProblems(policies, known, item)),
    );
  for (const item of items.filter(isRevocation)) add(item, "warning", orphanProblems(known, item));
  return found;
}

/** Returns what is left to do of a tenant that `tenant move` gave to the files; undefined if no file has it. */
function movedTo({ tenants }: PolicySet, { id }: Item): Fault | undefined {
  const file = tenants.get(String(id))?.at.file;
  return file === undefined
    ? undefined
    : ["moving-tenant", `the tenant is being moved to ${file}: publish the files, which take it over`];
}

/** Defers the compilation, because most tables have no tenant with rules. */
function memoizeOnce<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Returns the problem of a tenant whose roles were compiled against other files. */
function staleProblems(item: Item, rules: () => TableRules): Fault[] {
  const stale = item["rules"] === undefined ? undefined : findStale(item, rules());
  if (stale === undefined) return [];
  if ("problems" in stale)
    return stale.problems.map(({ rule, message }) => [rule, `${message} (in what was written at run time)`]);
  return [
    [
      "stale-tenant",
      "its roles and changes were compiled for other files than these: publish the files; if Terraform keeps them, apply them and run npx portcullis tenant compile",
    ],
  ];
}

/** Returns an item's problems. For an item that cannot be read, that is its only problem. */
function readable(problems: () => Fault[]): Fault[] {
  try {
    return problems();
  } catch (error) {
    if (!(error instanceof InternalError)) throw error;
    return [["unreadable-item", `${error.message}: its requests fail with 500`]];
  }
}

/** The tenants of the files by their partitions. */
const indexTenants = memoize(
  (tenants: PolicySet["tenants"]): ReadonlyMap<string, TenantDefinition> =>
    new Map([...tenants.values()].map((tenant) => [tenantKey(tenant.id), tenant])),
);

/**
 * Returns the problem if a run-time tenant is also in the files: a tenant has one owner, and ids must differ in
 * more than case.
 */
export function findTenantInBoth({ tenants }: PolicySet, id: string): string | undefined {
  const file = indexTenants(tenants).get(tenantKey(id));
  if (file === undefined) return undefined;
  const spelling = file.id === id ? "" : ` (as "${file.id}")`;
  return `the tenant "${id}" is in ${file.at.file}${spelling} and also in the table, as ${tenantKey(id)} ${TENANT_SORT_KEY} with owner "${RUNTIME_OWNER}", but a tenant can have only one owner: remove the file, or remove the tenant from the table, with its memberships and revocations, with npx portcullis tenant remove ${shellQuote(id)}`;
}

function tenantProblems(
  policies: PolicySet,
  { id, plan, issuers, changes, directories }: TenantItem,
): Fault[] {
  const inBoth = findTenantInBoth(policies, id);
  if (inBoth !== undefined) return [["tenant-in-both", inBoth]];
  const { plans, roles } = policies;
  const unknownIssuers = [...(issuers ?? [])].flatMap((name) => issuerProblem(policies, name, id));
  const unknownRoles = [...changes.keys()].filter((role) => !roles.has(role));
  return [
    ...planProblem(plans, plan, id),
    ...unknownIssuers,
    ...[...directories].flatMap(([issuer, name]) => directoryProblem(policies, issuer, name)),
    ...unknownRoles.map(
      (role): Fault => ["unknown-role", `changes: the files have no shared role "${role}"`],
    ),
  ];
}

function planProblem(plans: PolicySet["plans"], plan: TenantItem["plan"], id: string): Fault[] {
  const command = `npx portcullis tenant put ${shellQuote(id)} --plan`;
  if (plan === null)
    return plans.size === 0
      ? []
      : [["missing-plan", `the tenant has no plan: set one of ${list(plans.keys())} with ${command}`]];
  if (plans.has(plan)) return [];
  const missing = endSentence(`the files have no plan "${plan}"${suggestion(plan, plans.keys())}`);
  return [
    [
      "unknown-plan",
      `${missing} The tenant's requests fail with 500: restore the plan, or set another with ${command}`,
    ],
  ];
}

function directoryProblem({ issuers, tenants }: PolicySet, issuer: string, name: string): Fault[] {
  if (issuers.get(issuer)?.tenants !== BY_DIRECTORY)
    return [
      [
        "tenant-directory",
        `directories: the files have no issuer "${issuer}" with tenants: ${BY_DIRECTORY}, so ${name} has no effect`,
      ],
    ];
  const owner = [...tenants.values()].find(({ directories }) => directories.get(issuer)?.name === name);
  return owner === undefined
    ? []
    : [
        [
          "duplicate-directory",
          `directories: ${name} is also the directory of ${owner.id} (${owner.at.file}): a directory of ${issuer} has one tenant`,
        ],
      ];
}

/** Returns why an item does not find the tenant of a directory: it is only a hint, and the tenant's own item decides. */
function directoryItemProblems(policies: PolicySet, { files, table }: KnownTenants, item: Item): Fault[] {
  const [, issuer = "", ...rest] = String(item["pk"]).split("#");
  const name = rest.join("#");
  const id = String(item["tenant"]);
  const next =
    "a tenant that takes the directory with npx portcullis tenant put --directory replaces the item";
  if (policies.issuers.get(issuer)?.tenants !== BY_DIRECTORY)
    return [
      [
        "orphaned-item",
        `the files have no issuer "${issuer}" with tenants: ${BY_DIRECTORY}, so the item has no effect; ${next}`,
      ],
    ];
  const key = tenantKey(id);
  const stored = table.get(key);
  const listed =
    files.get(key)?.directories.get(issuer)?.name ??
    [...(stored?.directories ?? [])].find(([one]) => one === issuer)?.[1];
  if (!files.has(key) && stored === undefined)
    return [
      [
        "orphaned-item",
        `neither the files nor the table have the tenant "${id}", so the directory finds none; ${next}`,
      ],
    ];
  return listed === name
    ? []
    : [["orphaned-item", `the tenant "${id}" does not list this directory, so it finds none; ${next}`]];
}

function issuerProblem({ issuers }: PolicySet, name: string, tenant: string): Fault[] {
  const issuer = issuers.get(name);
  if (issuer === undefined)
    return [
      [
        "unknown-issuer",
        `${endSentence(`the files have no issuer "${name}"${suggestion(name, issuers.keys())}`)} Tokens of this issuer are not accepted`,
      ],
    ];
  return !Array.isArray(issuer.tenants) || issuer.tenants.includes(tenant)
    ? []
    : [
        [
          "uncovered-tenant",
          `issuer ${name} does not cover the tenant ${tenant}: add ${tenant} to the issuer's tenants in issuers.yaml`,
        ],
      ];
}

/** Returns the problem of a membership or revocation that belongs to no tenant of now. */
function orphanProblems({ files, table, generations }: KnownTenants, item: Item): Fault[] {
  const pk = String(item["pk"]);
  const what = isRevocation(item) ? "revocation" : "membership";
  const tenant = files.get(pk) ?? table.get(pk);
  const id = tenant?.id ?? pk.slice(TENANT_PREFIX.length);
  if (tenant === undefined)
    return [
      [
        "orphaned-item",
        `neither the files nor the table have the tenant "${id}", so the ${what} has no effect: remove it with npx portcullis tenant remove ${shellQuote(id)}`,
      ],
    ];
  if (item["generation"] === generations.get(pk)) return [];
  return [
    [
      "orphaned-item",
      `the ${what} is of an earlier tenant "${id}", so it has no effect: remove it with npx portcullis ${what === "membership" ? "grant --remove" : "revoke undo"}`,
    ],
  ];
}

function memberProblems(policies: PolicySet, known: KnownTenants, item: Item): Fault[] {
  const { partition, roles } = readMembership(item);
  const orphan = orphanProblems(known, item);
  const tenant = known.files.get(partition) ?? known.table.get(partition);
  if (tenant === undefined || orphan.length > 0) return orphan;
  const [, name = ""] = String(item["sk"]).split("#", 2);
  const issuer = policies.issuers.get(name);
  const isOwn = (role: string): boolean => [...tenant.roles.keys()].some((own) => own === role);
  const exists = (role: string): boolean => policies.roles.has(role) || isOwn(role);
  const inPlan = tenant.plan == null ? undefined : policies.plans.get(tenant.plan)?.roles;
  const idle = roles
    .filter(({ role }) => exists(role) && !isOwn(role) && inPlan?.includes(role) === false)
    .map(
      ({ role }): Fault => [
        "idle-membership",
        `plan ${tenant.plan} does not have the role ${role}, so it has no effect`,
      ],
    );
  const others = roles
    .filter(({ role }) => !exists(role))
    .map(
      ({ role }): Fault => [
        "unknown-role",
        `no shared role and no role of the tenant is called "${role}", so it has no effect`,
      ],
    );
  const unknown = [...others, ...idle];
  if (issuer === undefined)
    return [
      ["unknown-issuer", `the files have no issuer "${name}", so the membership has no effect`],
      ...unknown,
    ];
  if (issuer.memberships !== undefined) return unknown;
  return [
    ["idle-membership", `issuer ${name} does not read memberships, so the membership has no effect`],
    ...unknown,
  ];
}

const endSentence = (text: string): string => (text.endsWith("?") ? text : `${text}.`);

const list = (names: Iterable<string>): string => [...names].sort().join(", ");
