import { BY_DIRECTORY } from "../../model/directory.ts";
import { tenantKey } from "../../model/items.ts";
import { withMetadataRoute } from "../openapi/resource-metadata.ts";
import { type NameSuggestions, type PolicyTest, readPolicyTests } from "../simulate/policy-tests.ts";
import { discoverFiles, type SingleFile, stem } from "../source/file-discovery.ts";
import { isError, type Problem, Problems } from "../source/problem.ts";
import { parseSource, type Source } from "../source/source.ts";
import { nearest } from "../source/suggestion.ts";
import { validate, valueAt } from "../source/validate.ts";
import { checkBoundClaims, readApi } from "./api.ts";
import { readClients } from "./clients.ts";
import type { IssuerDefinition } from "./issuer-presets.ts";
import { checkRoleNames, MAIN_ISSUER, readIssuers } from "./issuers.ts";
import { checkJwtIssuers } from "./jwt-routes.ts";
import type { Api } from "./operation.ts";
import { type PlanDefinition, readPlans } from "./plans.ts";
import type { RoleDefinition } from "./role-grants.ts";
import { checkParents, defineRole, readableLines, type SelectorContext } from "./roles.ts";
import { roleSchema } from "./schemas.ts";
import { checkSubjectOwners } from "./subject-owners.ts";
import type { TenantDefinition } from "./tenant-grants.ts";
import { readTenantFile, type TenantContext } from "./tenants.ts";

/** A policy folder for one environment, read and checked, with every selector expanded to the API's routes. */
export interface PolicySet {
  readonly environment: string;
  readonly api: Api;
  readonly roles: ReadonlyMap<string, RoleDefinition>;
  readonly plans: ReadonlyMap<string, PlanDefinition>;
  readonly issuers: ReadonlyMap<string, IssuerDefinition>;
  readonly tenants: ReadonlyMap<string, TenantDefinition>;
  readonly policyTests: readonly PolicyTest[];
}

/** The content of each file of a policy folder, by its path below the folder, with `/` as separator. */
export type PolicyFiles = ReadonlyMap<string, string>;

export interface LoadedPolicies {
  /** Undefined if the folder has an error. */
  readonly policies: PolicySet | undefined;
  readonly problems: readonly Problem[];
}

/** Reads a policy folder for one environment. Reports all of its problems at once. */
export function loadPolicies(files: PolicyFiles, environment: string, onFile?: () => void): LoadedPolicies {
  const problems = new Problems();
  const discovered = discoverFiles(files.keys(), environment, problems);
  const parse = (path: string): Source | undefined => {
    onFile?.();
    return parseSource(path, files.get(path) ?? "", problems, { mergeKeys: path === discovered.api });
  };
  const single = (name: SingleFile): Source | undefined =>
    discovered[name] === undefined ? undefined : parse(discovered[name]);

  const ownApi = read(single("api"), (source) => readApi(source, problems));
  const issuerSource = single("issuers");
  const trusted =
    discovered.issuers === undefined
      ? new Map([[MAIN_ISSUER.name, MAIN_ISSUER]])
      : read(issuerSource, (source) => readIssuers(source, problems));
  const api = withMetadataRoute(ownApi, trusted, problems);
  const context: SelectorContext = {
    operations: api?.operations ?? [],
    forwardedClaims: forwardedClaims(trusted),
  };
  checkBoundClaims(api, context.forwardedClaims, problems);
  checkJwtIssuers(api, trusted, problems);
  // Without an API no selector matches, so the problems of these files would only repeat the API's.
  const selectorProblems = api === undefined ? new Problems() : problems;
  const clientSource = single("clients");
  const issuers =
    clientSource === undefined || trusted === undefined
      ? trusted
      : readClients(clientSource, trusted, context, selectorProblems);
  const roles = readRoles(discovered.roles, parse, context, selectorProblems);
  const plans =
    discovered.plans === undefined
      ? new Map<string, PlanDefinition>()
      : read(single("plans"), (source) => readPlans(source, roles, context, selectorProblems));
  const tenantContext = { ...context, roles, plans, hasPlans: discovered.plans !== undefined, issuers };
  const tenants = readTenants(discovered.tenants, parse, tenantContext, selectorProblems);
  checkRoleNames(issuers, issuerSource, roles, ownRoles(tenants), selectorProblems);
  const tenantFiles = [...discovered.tenants, ...discovered.otherTenants];
  const suggestions = {
    ...nameSuggestions(roles, tenants, tenantFiles, files),
    issuers: [...(issuers?.keys() ?? [])],
  };
  const policyTests = discovered.tests.flatMap((path) => readPolicyTests(parse(path), suggestions, problems));

  if (plans !== undefined && issuers !== undefined)
    checkSubjectOwners({ roles, plans, issuers, tenants }, selectorProblems);

  const list = problems.sorted();
  if (api === undefined || plans === undefined || issuers === undefined || list.some(isError))
    return { policies: undefined, problems: list };
  return { policies: { environment, api, roles, plans, issuers, tenants, policyTests }, problems: list };
}

const read = <T>(source: Source | undefined, reader: (source: Source) => T): T | undefined =>
  source === undefined ? undefined : reader(source);

const forwardedClaims = (
  issuers: ReadonlyMap<string, IssuerDefinition> | undefined,
): ReadonlySet<string> | undefined =>
  issuers && new Set([...issuers.values()].flatMap((issuer) => Object.keys(issuer.pass ?? {})));

const ownRoles = (tenants: ReadonlyMap<string, TenantDefinition>): ReadonlySet<string> =>
  new Set([...tenants.values()].flatMap((tenant) => [...tenant.roles.keys()]));

function readRoles(
  paths: readonly string[],
  parse: (path: string) => Source | undefined,
  context: SelectorContext,
  problems: Problems,
): Map<string, RoleDefinition> {
  const roles = new Map<string, RoleDefinition>();
  for (const path of paths) {
    const source = parse(path);
    const file = source && validate(roleSchema, source, problems);
    const name = stem(path);
    if (source === undefined) roles.set(name, emptyRole(name, path));
    else if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
      problems.error(
        "invalid-name",
        source.at([]),
        `the file's name is the role's name: expected letters, digits, '.', '_' and '-', found "${name}"`,
      );
    else if (roles.has(name))
      problems.error(
        "duplicate-role",
        source.at([]),
        `the role ${name} is also defined in ${roles.get(name)?.at.file}: keep one of the two files`,
      );
    else
      roles.set(name, defineRole(name, file ?? readableLines(source.value), source, [], context, problems));
  }
  checkParents(roles.values(), roles, problems);
  return roles;
}

/** Stands in for a role with an unreadable file, so that roles that extend it have no error of their own. */
const emptyRole = (name: string, file: string): RoleDefinition => ({
  name,
  description: undefined,
  at: { file, line: 1, column: 1 },
  allowAt: { file, line: 1, column: 1 },
  parents: [],
  allow: [],
  except: [],
});

function readTenants(
  paths: readonly string[],
  parse: (path: string) => Source | undefined,
  context: TenantContext,
  problems: Problems,
): Map<string, TenantDefinition> {
  const tenants = new Map<string, TenantDefinition>();
  const byKey = new Map<string, TenantDefinition>();
  for (const path of paths) {
    const source = parse(path);
    const tenant = source && readTenantFile(source, stem(path), context, problems);
    if (tenant === undefined) continue;
    const other = byKey.get(tenantKey(tenant.id));
    if (other === undefined) {
      tenants.set(tenant.id, tenant);
      byKey.set(tenantKey(tenant.id), tenant);
    } else
      problems.error(
        "duplicate-tenant",
        tenant.at,
        `the tenant "${tenant.id}" is also defined in ${other.at.file}${other.id === tenant.id ? "" : ` (as "${other.id}"; ids must differ in more than case)`}: keep one of the two`,
      );
  }
  checkCovered(tenants, context, problems);
  checkDirectories(tenants, problems);
  return tenants;
}

/**
 * Returns suggestions for misspelt names. Names in other environments and in files with an error are not
 * misspelt.
 */
function nameSuggestions(
  roles: ReadonlyMap<string, RoleDefinition>,
  tenants: ReadonlyMap<string, TenantDefinition>,
  paths: readonly string[],
  files: PolicyFiles,
): Omit<NameSuggestions, "issuers"> {
  const own = ownRoles(tenants);
  let cached: readonly TenantNames[] | undefined;
  const unreadTenants = (): readonly TenantNames[] => {
    const read = new Set([...tenants.values()].map(({ at }) => at.file));
    cached ??= paths.filter((path) => !read.has(path)).map((path) => namesIn(path, files));
    return cached;
  };
  return {
    isElsewhere: (name) => !tenants.has(name) && unreadTenants().some(({ id }) => id === name),
    forTenant: (name) =>
      tenants.has(name)
        ? undefined
        : nearestIfUnknown(name, [...tenants.keys(), ...unreadTenants().map(({ id }) => id)]),
    forRole: (name) =>
      roles.has(name) || own.has(name)
        ? undefined
        : nearestIfUnknown(name, [
            ...roles.keys(),
            ...own,
            ...unreadTenants().flatMap((names) => names.roles),
          ]),
  };
}

const nearestIfUnknown = (name: string, known: readonly string[]): string | undefined =>
  known.includes(name) ? undefined : nearest(name, known);

interface TenantNames {
  readonly id: string;
  readonly roles: readonly string[];
}

function namesIn(path: string, files: PolicyFiles): TenantNames {
  const value = parseSource(path, files.get(path) ?? "", new Problems())?.value;
  const id = valueAt(value, ["id"]);
  return {
    id: typeof id === "string" ? id : stem(path),
    roles: Object.keys((valueAt(value, ["roles"]) ?? {}) as object),
  };
}

/** Rejects a tenant that names an issuer which does not cover it. */
function checkCovered(
  tenants: ReadonlyMap<string, TenantDefinition>,
  { issuers }: TenantContext,
  problems: Problems,
): void {
  for (const tenant of tenants.values())
    for (const name of tenant.issuers ?? []) {
      const issuer = issuers?.get(name);
      if (issuer?.tenants === BY_DIRECTORY && !tenant.directories.has(name))
        problems.error(
          "tenant-directory",
          tenant.lines.issuers,
          `issuers: ${name} covers a tenant by its directory, but ${tenant.id} lists none: add it, as in directories: { ${name}: … }`,
        );
      else if (Array.isArray(issuer?.tenants) && !issuer.tenants.includes(tenant.id))
        problems.error(
          "uncovered-tenant",
          tenant.at,
          `issuers: ${name} does not cover the tenant ${tenant.id}: add ${tenant.id} to the issuer's tenants in issuers.yaml`,
        );
    }
}

/** Rejects a directory that two tenants list, and a tenant that does not accept the issuer of its directory. */
function checkDirectories(tenants: ReadonlyMap<string, TenantDefinition>, problems: Problems): void {
  const owners = new Map<string, TenantDefinition>();
  for (const tenant of tenants.values())
    for (const [issuer, { name, at }] of tenant.directories) {
      const key = JSON.stringify([issuer, name]);
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, tenant);
      else
        problems.error(
          "duplicate-directory",
          at,
          `directories: ${name} is also the directory of ${owner.id} (${owner.at.file}): a directory of ${issuer} has one tenant`,
        );
      if (tenant.issuers !== undefined && !tenant.issuers.includes(issuer))
        problems.error(
          "tenant-directory",
          at,
          `directories: ${tenant.id} does not accept issuer ${issuer}, so its directory has no effect: add ${issuer} to issuers, or remove this line`,
        );
    }
}
