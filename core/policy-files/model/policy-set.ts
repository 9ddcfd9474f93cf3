import { type KnownNames, type PolicyTest, readPolicyTests } from "../simulate/policy-tests.ts";
import { discoverFiles, type Single, stem } from "../source/file-discovery.ts";
import { isError, type Problem, Problems } from "../source/problem.ts";
import { parseSource, type Source } from "../source/source.ts";
import { nearest } from "../source/suggestion.ts";
import { validate, valueAt } from "../source/validate.ts";
import { checkBoundClaims, readApi } from "./api.ts";
import type { IssuerDefinition } from "./issuer-presets.ts";
import { checkRoleNames, MAIN_ISSUER, readIssuers } from "./issuers.ts";
import { checkJwtIssuers } from "./jwt-routes.ts";
import type { Api } from "./operation.ts";
import { type PlanDefinition, readPlans } from "./plans.ts";
import type { RoleDefinition } from "./role-grants.ts";
import { checkParents, defineRole, readableLines, type Vocabulary } from "./roles.ts";
import { roleSchema } from "./schemas.ts";
import type { TenantDefinition } from "./tenant-grants.ts";
import { readTenantFile, type TenantContext } from "./tenants.ts";

/** A policy folder, read and checked: everything expanded against the API's routes. */
export interface PolicySet {
  readonly environment: string;
  readonly api: Api;
  readonly roles: ReadonlyMap<string, RoleDefinition>;
  readonly plans: ReadonlyMap<string, PlanDefinition>;
  readonly issuers: ReadonlyMap<string, IssuerDefinition>;
  readonly tenants: ReadonlyMap<string, TenantDefinition>;
  readonly policyTests: readonly PolicyTest[];
}

/** The files of a policy folder: their text by their path below it, with `/` between. */
export type PolicyFiles = ReadonlyMap<string, string>;

export interface LoadedPolicies {
  /** Undefined where the folder has an error. */
  readonly policies: PolicySet | undefined;
  readonly problems: readonly Problem[];
}

/** Reads a whole folder for one environment and tells everything that is wrong with it at once. */
export function loadPolicies(files: PolicyFiles, environment: string, onFile?: () => void): LoadedPolicies {
  const problems = new Problems();
  const places = discoverFiles(files.keys(), environment, problems);
  const parse = (path: string): Source | undefined => {
    onFile?.();
    return parseSource(path, files.get(path) ?? "", problems);
  };
  const single = (name: Single): Source | undefined =>
    places[name] === undefined ? undefined : parse(places[name]);

  const api = read(single("api"), (source) => readApi(source, problems));
  const issuerSource = single("issuers");
  const issuers =
    places.issuers === undefined
      ? new Map([[MAIN_ISSUER.name, MAIN_ISSUER]])
      : read(issuerSource, (source) => readIssuers(source, problems));
  const vocabulary: Vocabulary = { operations: api?.operations ?? [], passedClaims: passedClaims(issuers) };
  checkBoundClaims(api, vocabulary.passedClaims, problems);
  checkJwtIssuers(api, issuers, problems);
  // Without an API every selector would be an error of its own; the API's are told first.
  const inner = api === undefined ? new Problems() : problems;
  const roles = readRoles(places.roles, parse, vocabulary, inner);
  const plans =
    places.plans === undefined
      ? new Map<string, PlanDefinition>()
      : read(single("plans"), (source) => readPlans(source, roles, vocabulary, inner));
  const around = { ...vocabulary, roles, plans, hasPlans: places.plans !== undefined, issuers };
  const tenants = readTenants(places.tenants, parse, around, inner);
  checkRoleNames(issuers, issuerSource, roles, ownRoles(tenants), inner);
  const near = nearMisses(roles, tenants, [...places.tenants, ...places.otherTenants], files);
  const policyTests = places.tests.flatMap((path) => readPolicyTests(parse(path), near, problems));

  const list = problems.sorted();
  if (api === undefined || plans === undefined || issuers === undefined || list.some(isError))
    return { policies: undefined, problems: list };
  return { policies: { environment, api, roles, plans, issuers, tenants, policyTests }, problems: list };
}

const read = <T>(source: Source | undefined, reader: (source: Source) => T): T | undefined =>
  source === undefined ? undefined : reader(source);

const passedClaims = (
  issuers: ReadonlyMap<string, IssuerDefinition> | undefined,
): ReadonlySet<string> | undefined =>
  issuers && new Set([...issuers.values()].flatMap((issuer) => Object.keys(issuer.pass)));

const ownRoles = (tenants: ReadonlyMap<string, TenantDefinition>): ReadonlySet<string> =>
  new Set([...tenants.values()].flatMap((tenant) => [...tenant.roles.keys()]));

function readRoles(
  paths: readonly string[],
  parse: (path: string) => Source | undefined,
  vocabulary: Vocabulary,
  problems: Problems,
): Map<string, RoleDefinition> {
  const roles = new Map<string, RoleDefinition>();
  for (const path of paths) {
    const source = parse(path);
    const file = source && validate(roleSchema, source, problems);
    const name = stem(path);
    if (source === undefined) roles.set(name, unreadable(name, path));
    else if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
      problems.error(
        source.at([]),
        `the file's name is the role's: expected letters, digits, '.', '_' and '-', found "${name}"`,
      );
    else if (roles.has(name))
      problems.error(source.at([]), `the role ${name} stands in ${roles.get(name)?.at.file} too: keep one`);
    else
      roles.set(
        name,
        defineRole(name, file ?? readableLines(source.value), source, [], vocabulary, problems),
      );
  }
  checkParents(roles.values(), roles, problems);
  return roles;
}

/** A role whose file cannot be read is there all the same: those that extend it have no error. */
const unreadable = (name: string, file: string): RoleDefinition => ({
  name,
  description: undefined,
  at: { file, line: 1, column: 1 },
  parents: [],
  allow: [],
  except: [],
});

function readTenants(
  paths: readonly string[],
  parse: (path: string) => Source | undefined,
  around: TenantContext,
  problems: Problems,
): Map<string, TenantDefinition> {
  const tenants = new Map<string, TenantDefinition>();
  const byLowerCase = new Map<string, TenantDefinition>();
  for (const path of paths) {
    const source = parse(path);
    const tenant = source && readTenantFile(source, stem(path), around, problems);
    if (tenant === undefined) continue;
    const other = byLowerCase.get(tenant.id.toLowerCase());
    if (other === undefined) {
      tenants.set(tenant.id, tenant);
      byLowerCase.set(tenant.id.toLowerCase(), tenant);
    } else
      problems.error(
        tenant.at,
        `the tenant "${tenant.id}" stands in ${other.at.file} too${other.id === tenant.id ? "" : ` (as "${other.id}": ids are unique without regard to case)`}: keep one`,
      );
  }
  checkCovered(tenants, around, problems);
  return tenants;
}

/** Names that are no misspellings are also those of other environments and of files with an error. */
function nearMisses(
  roles: ReadonlyMap<string, RoleDefinition>,
  tenants: ReadonlyMap<string, TenantDefinition>,
  paths: readonly string[],
  files: PolicyFiles,
): KnownNames {
  const own = ownRoles(tenants);
  let others: readonly TenantNames[] | undefined;
  const unread = (): readonly TenantNames[] => {
    const read = new Set([...tenants.values()].map(({ at }) => at.file));
    others ??= paths.filter((path) => !read.has(path)).map((path) => namesIn(path, files));
    return others;
  };
  return {
    ofTenant: (name) =>
      tenants.has(name) ? undefined : misspelt(name, [...tenants.keys(), ...unread().map(({ id }) => id)]),
    ofRole: (name) =>
      roles.has(name) || own.has(name)
        ? undefined
        : misspelt(name, [...roles.keys(), ...own, ...unread().flatMap((names) => names.roles)]),
  };
}

const misspelt = (name: string, known: readonly string[]): string | undefined =>
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

/** An issuer's list names tenants of other environments too, and tenants of sign-ups: only near misses are told. */
function checkCovered(
  tenants: ReadonlyMap<string, TenantDefinition>,
  { issuers }: TenantContext,
  problems: Problems,
): void {
  for (const tenant of tenants.values())
    for (const name of tenant.issuers ?? []) {
      const issuer = issuers?.get(name);
      if (issuer !== undefined && issuer.tenants !== "*" && !issuer.tenants.includes(tenant.id))
        problems.error(
          tenant.at,
          `issuers: ${name} does not cover the tenant ${tenant.id}: add it to the issuer's tenants in issuers.yaml`,
        );
    }
}
