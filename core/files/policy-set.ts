import { type Api, readApi } from "./api.ts";
import { type Expectation, readExpectations } from "./expectations.ts";
import { checkRoleNames, type IssuerDefinition, MAIN_ISSUER, readIssuers } from "./issuers.ts";
import { suggestion } from "./near-miss.ts";
import { type PlanDefinition, readPlans } from "./plans.ts";
import { type Problem, Problems } from "./problem.ts";
import { checkParents, defineRole, type RoleDefinition, type Vocabulary } from "./roles.ts";
import { roleSchema } from "./schemas.ts";
import { parseSource, type Source } from "./source.ts";
import { readTenantFile, type TenantDefinition, type TenantSurroundings } from "./tenants.ts";
import { validate } from "./validate.ts";

/** A policy folder, read and checked: everything expanded against the API's routes. */
export interface PolicySet {
  readonly environment: string;
  readonly api: Api;
  readonly roles: ReadonlyMap<string, RoleDefinition>;
  readonly plans: ReadonlyMap<string, PlanDefinition>;
  readonly issuers: ReadonlyMap<string, IssuerDefinition>;
  readonly tenants: ReadonlyMap<string, TenantDefinition>;
  readonly expectations: readonly Expectation[];
}

/** The files of a policy folder: their text by their path below it, with `/` between. */
export type PolicyFiles = ReadonlyMap<string, string>;

export interface LoadedPolicies {
  /** Undefined where the folder has an error. */
  readonly policies: PolicySet | undefined;
  readonly problems: readonly Problem[];
}

/** Reads a whole folder for one environment and tells everything that is wrong with it at once. */
export function loadPolicies(files: PolicyFiles, environment: string): LoadedPolicies {
  const problems = new Problems();
  const places = sortFiles(files, environment, problems);
  const parse = (path: string): Source | undefined => parseSource(path, files.get(path) ?? "", problems);
  const single = (name: Single): Source | undefined =>
    places[name] === undefined ? undefined : parse(places[name]);

  const apiSource = single("api");
  const api = apiSource === undefined ? undefined : readApi(apiSource, problems);
  const issuerSource = single("issuers");
  const issuers =
    issuerSource === undefined
      ? new Map([[MAIN_ISSUER.name, MAIN_ISSUER]])
      : readIssuers(issuerSource, problems);
  const vocabulary: Vocabulary = {
    operations: api?.operations ?? [],
    passedClaims: new Set([...issuers.values()].flatMap((issuer) => Object.keys(issuer.pass))),
  };
  // Without an API every selector would be an error of its own; the API's are told first.
  const inner = api === undefined ? new Problems() : problems;
  const roles = readRoles(places.roles, parse, vocabulary, inner);
  const planSource = single("plans");
  const plans =
    planSource === undefined
      ? new Map<string, PlanDefinition>()
      : readPlans(planSource, roles, vocabulary, inner);
  const tenants = readTenants(
    places.tenants,
    parse,
    { ...vocabulary, roles, plans, hasPlans: places.plans !== undefined, issuers },
    inner,
  );
  if (issuerSource !== undefined) {
    const ownRoles = new Set([...tenants.values()].flatMap((tenant) => [...tenant.roles.keys()]));
    checkRoleNames(issuers.values(), issuerSource, roles, ownRoles, inner);
  }
  const expectations = places.tests.flatMap((path) => readExpectations(parse(path), problems));

  const list = problems.sorted();
  const broken = api === undefined || list.some((problem) => problem.severity === "error");
  const policies = broken ? undefined : { environment, api, roles, plans, issuers, tenants, expectations };
  return { policies, problems: list };
}

const SINGLES = ["api", "plans", "issuers"] as const;
type Single = (typeof SINGLES)[number];
const FOLDERS = ["roles", "tenants", "tests", "schema"] as const;

interface Places extends Partial<Record<Single, string>> {
  roles: string[];
  tenants: string[];
  tests: string[];
}

const ENDING = /\.(ya?ml|json)$/;
const stem = (path: string): string => (path.split("/").at(-1) ?? path).replace(ENDING, "");

/** Which file is what, by its place. A file in no place would be ignored in silence: it is an error. */
function sortFiles(files: PolicyFiles, environment: string, problems: Problems): Places {
  const places: Places = { roles: [], tenants: [], tests: [] };
  for (const path of [...files.keys()].sort()) {
    if (!ENDING.test(path)) continue;
    const [folder = "", ...rest] = path.split("/");
    if (rest.length === 0) sortSingle(path, places, problems);
    else if (folder === "tenants" && rest.length === 2 && rest[0] !== environment) continue;
    else if ((folder === "roles" || folder === "tests") && rest.length === 1) places[folder].push(path);
    else if (folder === "tenants" && rest.length <= 2) places.tenants.push(path);
    else if (folder !== "schema")
      problems.error(start(path), `nothing is read from here${suggestion(folder, FOLDERS)}`);
  }
  if (places.api === undefined)
    problems.error(
      start("api.yaml"),
      "the file is missing: it declares the API's routes as an OpenAPI 3.0 document",
    );
  return places;
}

function sortSingle(path: string, places: Places, problems: Problems): void {
  const name = SINGLES.find((single) => single === stem(path));
  if (name === undefined)
    problems.error(start(path), `nothing is read from a file of this name${suggestion(stem(path), SINGLES)}`);
  else if (places[name] !== undefined)
    problems.error(start(path), `${places[name]} stands beside it: keep one`);
  else places[name] = path;
}

const start = (file: string) => ({ file, line: 1, column: 1 });

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
    if (source === undefined) continue;
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
      problems.error(
        source.at([]),
        `the file's name is the role's: expected letters, digits, '.', '_' and '-', found "${name}"`,
      );
    else if (roles.has(name))
      problems.error(source.at([]), `the role ${name} stands in ${roles.get(name)?.at.file} too: keep one`);
    else roles.set(name, defineRole(name, file ?? {}, source, [], vocabulary, problems));
  }
  checkParents(roles.values(), roles, problems);
  return roles;
}

function readTenants(
  paths: readonly string[],
  parse: (path: string) => Source | undefined,
  around: TenantSurroundings,
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

/** An issuer's list names tenants of other environments too, and tenants of sign-ups: only near misses are told. */
function checkCovered(
  tenants: ReadonlyMap<string, TenantDefinition>,
  { issuers }: TenantSurroundings,
  problems: Problems,
): void {
  for (const tenant of tenants.values())
    for (const name of tenant.issuers ?? []) {
      const issuer = issuers.get(name);
      if (issuer !== undefined && issuer.tenants !== "*" && !issuer.tenants.includes(tenant.id))
        problems.error(
          tenant.at,
          `issuers: ${name} does not cover the tenant ${tenant.id}: add it to the issuer's tenants in issuers.yaml`,
        );
    }
}
