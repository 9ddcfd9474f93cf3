import { BY_DIRECTORY } from "../../model/directory.ts";
import type { Problems } from "../source/problem.ts";
import type { Source } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import { validate } from "../source/validate.ts";
import { readCeilingChanges } from "./clients.ts";
import type { IssuerDefinition } from "./issuer-presets.ts";
import { tenantId } from "./name-schemas.ts";
import type { PlanDefinition } from "./plans.ts";
import type { RoleDefinition } from "./role-grants.ts";
import { checkParents, defineRole, expandAll, type SelectorContext } from "./roles.ts";
import { type TenantFile, tenantSchema } from "./schemas.ts";
import type { TenantDefinition } from "./tenant-grants.ts";

/** What a tenant's file can refer to. */
export interface TenantContext extends SelectorContext {
  readonly roles: ReadonlyMap<string, RoleDefinition>;
  /** Undefined: `plans.yaml` has an error. */
  readonly plans: ReadonlyMap<string, Pick<PlanDefinition, "roles">> | undefined;
  /** Whether there is a `plans.yaml`. If so, every tenant must name a plan. */
  readonly hasPlans: boolean;
  /** Undefined: `issuers.yaml` has an error. */
  readonly issuers: ReadonlyMap<string, KnownIssuer> | undefined;
}

/** What a tenant's file needs to know of an issuer. */
export type KnownIssuer = Pick<IssuerDefinition, "name" | "tenants" | "ceilings">;

/** Reads one tenant's file. `stem` is the file's name without its extension. */
export function readTenantFile(
  source: Source,
  stem: string,
  context: TenantContext,
  problems: Problems,
): TenantDefinition | undefined {
  const file = validate(tenantSchema, source, problems);
  if (file === undefined) return undefined;
  if (file.id === undefined && !tenantId.safeParse(stem).success)
    problems.error(
      "invalid-name",
      source.at([]),
      `the file's name is the tenant's id, but "${stem}" is not a valid id: add id`,
    );
  checkReferences(file, source, context, problems);
  const roles = readOwnRoles(file, source, context, problems);
  return {
    id: file.id ?? stem,
    name: file.name,
    at: source.at(file.id === undefined ? [] : ["id"]),
    lines: {
      status: source.keyAt(["status"]),
      issuers: source.keyAt(["issuers"]),
      directories: source.keyAt(["directories"]),
    },
    status: file.status,
    plan: file.plan,
    issuers: file.issuers,
    changes: new Map(
      Object.entries(file.changes ?? {}).map(([role, change]) => [
        role,
        readChange(role, change, source, context, problems),
      ]),
    ),
    never: expandAll(file.never ?? [], source, ["never"], context, problems),
    roles,
    clients: readCeilingChanges(file, source, context, problems),
    directories: new Map(
      Object.entries(file.directories ?? {}).map(([issuer, name]) => [
        issuer,
        { name, at: source.at(["directories", issuer]) },
      ]),
    ),
  };
}

function checkReferences(file: TenantFile, source: Source, context: TenantContext, problems: Problems): void {
  if (context.plans !== undefined) checkPlan(file, source, context.plans, context.hasPlans, problems);
  if (context.issuers !== undefined) checkIssuers(file, source, context.issuers, problems);
  for (const role of Object.keys(file.changes ?? {})) {
    const at = source.keyAt(["changes", role]);
    const available = file.plan === undefined ? undefined : context.plans?.get(file.plan)?.roles;
    if (!context.roles.has(role))
      problems.error(
        "unknown-role",
        at,
        `changes: there is no shared role "${role}"${suggestion(role, context.roles.keys())}`,
      );
    else if (available !== undefined && !available.includes(role))
      problems.warn(
        "idle-change",
        at,
        `changes: plan ${file.plan} does not have the role ${role}, so the change has no effect: remove it`,
      );
  }
}

function checkPlan(
  { plan }: TenantFile,
  source: Source,
  plans: ReadonlyMap<string, unknown>,
  needed: boolean,
  problems: Problems,
): void {
  if (plan === undefined && needed)
    problems.error(
      "missing-plan",
      source.at([]),
      `plan is missing: expected ${plans.size === 1 ? "" : "one of "}${[...plans.keys()].join(", ")}`,
    );
  if (plan !== undefined && !plans.has(plan))
    problems.error(
      "unknown-plan",
      source.at(["plan"]),
      `plan: there is no plan "${plan}"${suggestion(plan, plans.keys())}`,
    );
}

function checkIssuers(
  file: TenantFile,
  source: Source,
  issuers: ReadonlyMap<string, KnownIssuer>,
  problems: Problems,
): void {
  for (const [index, issuer] of (file.issuers ?? []).entries())
    if (!issuers.has(issuer))
      problems.error(
        "unknown-issuer",
        source.at(["issuers", index]),
        `issuers: there is no issuer "${issuer}"${suggestion(issuer, issuers.keys())}`,
      );
  const able = [...issuers.values()]
    .filter(({ tenants }) => tenants === BY_DIRECTORY)
    .map(({ name }) => name);
  for (const issuer of Object.keys(file.directories ?? {}))
    if (!able.includes(issuer))
      problems.error(
        issuers.has(issuer) ? "tenant-directory" : "unknown-issuer",
        source.keyAt(["directories", issuer]),
        issuers.has(issuer)
          ? `directories: issuer ${issuer} has no directories: write tenants: ${BY_DIRECTORY} for it in issuers.yaml, or remove this line`
          : `directories: there is no issuer "${issuer}"${suggestion(issuer, able)}`,
      );
}

function readChange(
  role: string,
  change: "none" | { except: string[] },
  source: Source,
  context: SelectorContext,
  problems: Problems,
) {
  const at = source.keyAt(["changes", role]);
  return {
    at,
    except:
      change === "none"
        ? change
        : expandAll(change.except, source, ["changes", role, "except"], context, problems),
  };
}

function readOwnRoles(
  file: TenantFile,
  source: Source,
  context: TenantContext,
  problems: Problems,
): Map<string, RoleDefinition> {
  const own = new Map<string, RoleDefinition>();
  for (const [name, role] of Object.entries(file.roles ?? {})) {
    if (context.roles.has(name))
      problems.error(
        "duplicate-role",
        source.keyAt(["roles", name]),
        `roles: "${name}" is the name of a shared role: give the tenant's own role another name, or narrow the shared role under changes`,
      );
    else own.set(name, defineRole(name, role, source, ["roles", name], context, problems));
  }
  checkParents(own.values(), new Map([...context.roles, ...own]), problems);
  return own;
}
