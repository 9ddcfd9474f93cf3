import type { Delegate } from "../../decision/delegates.ts";
import { isMethod, METHODS } from "../../model/route.ts";
import { type PolicyTestFile, policyTestsSchema } from "../model/schemas.ts";
import type { Position, Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import { validate } from "../source/validate.ts";

/** The caller of a policy test's requests. */
export interface SupposedCaller {
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly subject: string | undefined;
  readonly scopes: readonly string[];
  readonly claims: Readonly<Record<string, string>>;
  readonly issuer: string | undefined;
  /** Undefined: no ceiling applies. */
  readonly clientId: string | undefined;
  /** Undefined: nobody acts for the caller. */
  readonly delegate: Delegate | undefined;
}

/** One request, and whether it must be allowed. */
export interface PolicyTest {
  readonly as: SupposedCaller;
  readonly method: string;
  readonly path: string;
  readonly can: boolean;
  readonly must: boolean;
  /** The environments that the test is marked for; null if it is not marked. */
  readonly environments: readonly string[] | null;
  /** Whether only another environment has a file of the tenant. */
  readonly elsewhere: boolean;
  readonly at: Position;
}

/** Returns the name that was probably meant, for a misspelt one; undefined for any other name. */
export interface NameSuggestions {
  forTenant(name: string): string | undefined;
  /** Returns whether only another environment has a file of the tenant. */
  isElsewhere(tenant: string): boolean;
  forRole(name: string): string | undefined;
  /** The trusted issuers. */
  readonly issuers: readonly string[];
}

/** Reads one file of `policies/tests`. */
export function readPolicyTests(
  source: Source | undefined,
  suggestions: NameSuggestions,
  problems: Problems,
): PolicyTest[] {
  if (source === undefined) return [];
  const list = Array.isArray(source.value) ? validate(policyTestsSchema, source, problems) : undefined;
  if (list === undefined || list.length === 0) {
    if (!Array.isArray(source.value) || source.value.length === 0)
      problems.error(
        "empty-file",
        source.at([]),
        "expected a list with at least one test, such as - { as: { tenant: acme, roles: [viewer] }, can: [GET /documents] }",
      );
    return [];
  }
  return list.flatMap((entry, index) => {
    if (entry.environment === undefined) checkNames(entry, source, [index, "as"], suggestions, problems);
    const elsewhere = suggestions.isElsewhere(entry.as.tenant);
    return readEntry(entry, source, [index], suggestions.issuers, problems).map((one) => ({
      ...one,
      elsewhere,
    }));
  });
}

function checkNames(
  { as }: PolicyTestFile,
  source: Source,
  base: Path,
  suggestions: NameSuggestions,
  problems: Problems,
): void {
  const check = (what: "tenant" | "role", name: string, meant: string | undefined, at: Position): void => {
    if (meant !== undefined) problems.error(`unknown-${what}`, at, misspelt(what, name, meant));
  };
  check("tenant", as.tenant, suggestions.forTenant(as.tenant), source.at([...base, "tenant"]));
  for (const key of ["roles", "role"] as const)
    for (const [index, role] of [as[key] ?? []].flat().entries())
      check("role", role, suggestions.forRole(role), source.at([...base, key, index]));
}

/** An unknown tenant or role is denied everything, so a test with a misspelt name passes every `cannot`. */
const misspelt = (what: string, name: string, meant: string): string =>
  `there is no ${what} "${name}"; did you mean "${meant}"? If the ${what} is meant to be unknown, give it a less similar name`;

function readEntry(
  entry: PolicyTestFile,
  source: Source,
  base: Path,
  issuers: readonly string[],
  problems: Problems,
): Omit<PolicyTest, "elsewhere">[] {
  if ((entry.can ?? []).length + (entry.cannot ?? []).length === 0)
    problems.error("empty-test", source.at(base), "the test has no request: add one under can or cannot");
  for (const key of ["client", "delegate"] as const)
    if (entry.as[key] !== undefined && entry.as.issuer === undefined && issuers.length > 1)
      problems.error(
        "ambiguous-issuer",
        source.at([...base, "as", key]),
        `${key}: a ${key} belongs to an issuer: add issuer: ${issuers.join(" or ")}`,
      );
  const as = readCaller(entry, issuers.length === 1 ? issuers[0] : undefined);
  const must = entry.must === true;
  const environments = entry.environment === undefined ? null : [entry.environment].flat();
  return (["can", "cannot"] as const).flatMap((kind) =>
    (entry[kind] ?? []).flatMap((request, index) => {
      const at = source.at([...base, kind, index]);
      const parsed = parseRequest(request);
      if (typeof parsed === "string") {
        problems.error("invalid-request", at, parsed);
        return [];
      }
      return [{ as, ...parsed, can: kind === "can", must, environments, at }];
    }),
  );
}

function readCaller({ as }: PolicyTestFile, onlyIssuer: string | undefined): SupposedCaller {
  const { tenant, roles, role, subject, scopes, claims, issuer, client, delegate } = as;
  const scopeList =
    typeof scopes === "string" ? scopes.split(" ").filter((scope) => scope !== "") : (scopes ?? []);
  const home = issuer ?? (client === undefined && delegate === undefined ? undefined : onlyIssuer);
  return {
    tenant,
    roles: [roles ?? [], role ?? []].flat(),
    subject,
    scopes: scopeList,
    claims: claims ?? {},
    issuer: home,
    clientId: client,
    delegate: delegate === undefined ? undefined : { issuer: home ?? "", subject: delegate },
  };
}

/** Parses a request such as `PUT /documents/42`. Returns the problem as a string if it is malformed. */
export function parseRequest(text: string): { method: string; path: string } | string {
  const match = /^(\S+) (\/\S*)$/.exec(text.trim());
  if (match === null) return `"${text}": expected a method and a path, such as PUT /documents/42`;
  const [, method = "", path = ""] = match;
  if (!isMethod(method)) return `"${text}": unknown method "${method}"${suggestion(method, METHODS)}`;
  return { method, path };
}
