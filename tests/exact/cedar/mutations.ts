/** A mistake of the compiler or of the decision: a text of one source file, and what replaces it. */
export interface SourceMutation {
  readonly name: string;
  /** Below `core`. */
  readonly file: string;
  readonly text: string;
  readonly replacement: string;
}

const inFile =
  (file: string) =>
  (name: string, text: string, replacement: string): SourceMutation => ({ name, file, text, replacement });

const selector = inFile("policy-files/model/selector.ts");
const roleGrants = inFile("policy-files/model/role-grants.ts");
const tenantGrants = inFile("policy-files/model/tenant-grants.ts");
const api = inFile("policy-files/model/api.ts");
const owners = inFile("policy-files/model/subject-owners.ts");
const items = inFile("policy-files/compile/item-contents.ts");
const permissions = inFile("decision/permissions.ts");
const summed = inFile("decision/summed-grants.ts");
const limits = inFile("decision/client-limit.ts");
const ceilings = inFile("model/client-ceilings.ts");
const grants = inFile("model/grant.ts");
const decide = inFile("decision/decide.ts");

/** The first ten are a choice of all kinds, for the default run. */
export const MUTATIONS: readonly SourceMutation[] = [
  summed("never is ignored", "const never = this.#tenant.never.has(route);", "const never = false;"),
  roleGrants("except is ignored", "allowed.filter((grant) => !excepted.has(grant.route))", "allowed"),
  summed(
    "one of several client ceilings suffices",
    "this.#limits.some((limit) => clientVerdict",
    "this.#limits.length > 0 && this.#limits.every((limit) => clientVerdict",
  ),
  summed("the plan's ceiling is ignored", "this.#plan?.ceiling.has(route) !== false", "true"),
  tenantGrants("changes do not reach roles that extend", "lineage(role, roles).flatMap", "[role].flatMap"),
  selector("wildcards grant explicit operations", "wildcardsReachAll\n    ? matched", "true\n    ? matched"),
  limits("the delegate has no ceiling", "if (delegate === undefined) return limits;", "return limits;"),
  permissions(
    "any subject is the tenant's",
    "return !isForeign || tenant.issuers?.size === 1;",
    "return true;",
  ),
  decide("scopes are not needed", 'if (missing.length > 0) return "scope_missing";', ""),
  roleGrants("where is ignored", "conjoin(operation.bind, entry.where)", "operation.bind"),

  selector(
    "wildcards take no explicit operation",
    "wildcardsReachAll\n    ? matched",
    "false\n    ? matched",
  ),
  selector(
    "permissions below a name are all permissions",
    "permission?.startsWith(selector.prefix) === true",
    "permission !== undefined",
  ),
  selector(
    "the methods of a selector are ignored",
    'selector.methods === "ANY" || selector.methods.includes(route.method)',
    "true",
  ),
  selector("** matches no empty rest", "segments.length < fixed.length", "segments.length <= fixed.length"),
  selector(
    "* matches literals",
    'if (part.kind === "any-parameter") return segment.kind === "parameter";',
    'if (part.kind === "any-parameter") return true;',
  ),
  selector(
    "a permission prefix grants explicit operations",
    'if (selector.kind === "permission") return true;\n  if (selector.kind === "below" ||',
    'if (selector.kind !== "routes") return true;\n  if (',
  ),
  selector("ANY grants explicit operations", '"below" || selector.methods === "ANY"', '"below"'),
  roleGrants("extends is ignored", "if (found !== undefined) visit(found);", ""),
  roleGrants("extends reaches one role", "return [...visited];", "return [...visited].slice(0, 2);"),
  roleGrants(
    "only a role's own except counts",
    "roles.flatMap((role) => role.except",
    "roles.slice(0, 1).flatMap((role) => role.except",
  ),
  roleGrants(
    "only a parent's except counts",
    "roles.flatMap((role) => role.except",
    "roles.slice(1).flatMap((role) => role.except",
  ),
  roleGrants("the root's bind is ignored", "conjoin(operation.bind, entry.where)", "entry.where"),
  grants(
    "the weaker of two grants is dropped",
    "implies(grant.binding, other.binding)",
    "implies(other.binding, grant.binding)",
  ),
  tenantGrants("changes are ignored in own roles", "!removed.has(grant.route) && ", ""),
  tenantGrants(
    "none takes nothing from roles that extend",
    "? collectGrants(lineage(ancestor, roles)).map((grant) => grant.route)",
    "? []",
  ),
  tenantGrants(
    "none takes only what the role itself allows",
    "? collectGrants(lineage(ancestor, roles))",
    "? collectGrants([ancestor])",
  ),
  tenantGrants(
    "changes take from own roles without extends",
    "const removed = removedRoutes(role, tenant, all);",
    "const removed = new Set([...tenant.changes.keys()].flatMap((name) => [...removedRoutes(all.get(name), tenant, all)]));",
  ),
  tenantGrants("own roles extend no shared role", "new Map([...roles, ...tenant.roles])", "tenant.roles"),
  api(
    "scopes are not read",
    "makeRoute(method, path, [...new Set(read?.scopes)].sort())",
    "makeRoute(method, path)",
  ),
  api("explicit is not read", "explicit: read?.explicit === true", "explicit: false"),
  api("bind: none is ignored", "isUnbound ? {} : bind", "bind"),
  owners(
    "owners own nothing",
    'if (issuer.subjects === "own") return [];',
    'if (issuer.subjects === "own") return "*";',
  ),
  owners(
    "an owner of all tenants changes nothing",
    'if (owned === "*") return covered;',
    'if (owned === "*") return [];',
  ),
  owners("a list of owned tenants is ignored", "[...owned].sort()", "[]"),
  items(
    "a line of a ceiling is lost",
    "ceiling: expanded(ceiling),\n    roles",
    "ceiling: expanded(ceiling).slice(1),\n    roles",
  ),
  items("a plan has every role", "roles: roles && [...roles].sort()", "roles: undefined"),
  items("never is not written", "never: tenant.never.length === 0 ?", "never: true ?"),
  items("suspended is not written", "status: tenant.status", 'status: "active"'),
  items(
    "a tenant's issuers are not written",
    "issuers: tenant.issuers && [...tenant.issuers].sort()",
    "issuers: undefined",
  ),
  items("changes are not written", "changes: expandChanges(tenant, shared)", "changes: undefined"),
  items("own roles are not written", "roles: own.length === 0 ?", "roles: true ?"),
  items(
    "a tenant's ceiling changes are not written",
    "clients: tenant.clients.size === 0 ?",
    "clients: true ?",
  ),
  items("directories are not written", "tenant.directories.size === 0\n        ?", "true\n        ?"),
  items(
    "client ceilings are not written",
    "ceilings: ceilings && writeCeilings(ceilings)",
    "ceilings: undefined",
  ),
  items(
    "foreign tenants are not written",
    "foreignIn: isForeign ? foreignIn : undefined",
    "foreignIn: undefined",
  ),
  items(
    "issuers cover every tenant",
    'typeof tenants === "string" ? tenants : [...tenants].sort(),\n  };',
    'typeof tenants === "string" ? tenants : "*",\n  };',
  ),
  items("a ceiling's scopes are not written", "...(scopes !== undefined && {", "...(false && {"),
  items("a ceiling's tenants are not written", "...(tenants !== undefined && {", "...(false && {"),
  items(
    "delegates are not written",
    "...(delegates.size > 0 && { delegates: writeAll(delegates) }),\n  };",
    "};",
  ),
  items(
    "what is taken from the default is not written",
    "...(otherwise !== undefined && {",
    "...(false && {",
  ),
  items(
    "a role has only its own lines",
    "collectGrants(lineage(role, roles)).map(printGrant)",
    "collectGrants([role]).map(printGrant)",
  ),
  permissions("an issuer covers every tenant", 'if (!covered) return deny("issuer_not_allowed");', ""),
  permissions("a tenant accepts every issuer", "!tenant.issuers.has(caller.issuer)", "false"),
  permissions("a suspended tenant is active", 'tenant.status === "suspended"', "false"),
  permissions("a directory is not looked up", "!listsDirectory(tenant, issuer.name, caller)", "false"),
  permissions("any directory counts", "(directory === null || listed === directory)", "true"),
  permissions("a plan's roles are ignored", "plan?.roles != null && !plan.roles.has(name)", "false"),
  permissions(
    "none is ignored",
    'if (change === "none") return "removed";',
    'if (change === "none") return { name, hash: shared.hash, grants: byRoute(shared.grants), without: NOTHING };',
  ),
  permissions("except of changes is ignored", "without: change ?? NOTHING", "without: NOTHING"),
  permissions("one issuer alone is foreign too", "!isForeign || tenant.issuers?.size === 1", "!isForeign"),
  permissions(
    "only the first role counts",
    'found.filter((role) => typeof role !== "string")',
    'found.filter((role) => typeof role !== "string").slice(0, 1)',
  ),
  summed(
    "client ceilings are ignored",
    "this.#limits.some((limit) => clientVerdict",
    "[].some((limit) => clientVerdict",
  ),
  summed(
    "what is taken from one role is taken from all",
    "if (own === undefined || without.has(route)) continue;",
    "if (without.has(route)) return undefined;\n      if (own === undefined) continue;",
  ),
  summed("one of several bindings counts", "[...sum, ...own]", "sum"),
  summed("a ceiling holds in every tenant", 'if (!hasTenant) return "tenant";', ""),
  summed("a ceiling's routes are ignored", 'if (!ceiling.routes.has(route)) return "outside";', ""),
  summed("changes of ceilings are ignored", 'change === "none" || change?.has(route)', "false"),
  limits("the client has no ceiling", "if (clientId !== null) add(", "if (false) add("),
  limits("all scopes of a client count", "if (scopes === null) return caller;", "return caller;"),
  limits(
    "an unknown delegate has no ceiling",
    'add("delegate", issuer, issuer.ceilings.otherwise);\n',
    ";\n",
  ),
  ceilings(
    "the first of two entries counts",
    "if (found !== undefined) return otherwise;",
    "if (found !== undefined) return found;",
  ),
  ceilings("* matches a dot", '"[A-Za-z0-9_~-]+"', '".+"'),
  ceilings(
    "what is taken from the default is ignored",
    "entry === null ? otherwise",
    "entry === null ? undefined",
  ),
  decide("a foreign subject satisfies bindings", 'source === "subject" && !this.#ownsSubject', "false"),
];
