import { isMethod, METHODS } from "../../model/route.ts";
import { type PolicyTestFile, policyTestsSchema } from "../model/schemas.ts";
import type { Position, Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import { validate } from "../source/validate.ts";

/** Who a set of requests is made as. */
export interface SupposedCaller {
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly subject: string | undefined;
  readonly scopes: readonly string[];
  readonly claims: Readonly<Record<string, string>>;
  readonly issuer: string | undefined;
}

/** One request and what is expected of it. */
export interface PolicyTest {
  readonly as: SupposedCaller;
  readonly method: string;
  readonly path: string;
  readonly can: boolean;
  readonly must: boolean;
  readonly at: Position;
}

/** For a name that nobody has: the one that was probably meant. */
export interface KnownNames {
  ofTenant(name: string): string | undefined;
  ofRole(name: string): string | undefined;
}

/** Reads one file of `policies/tests`. */
export function readPolicyTests(
  source: Source | undefined,
  near: KnownNames,
  problems: Problems,
): PolicyTest[] {
  if (source === undefined) return [];
  const list = Array.isArray(source.value) ? validate(policyTestsSchema, source, problems) : undefined;
  if (list === undefined || list.length === 0) {
    if (!Array.isArray(source.value) || source.value.length === 0)
      problems.error(
        source.at([]),
        "expected a list of expectations such as - as: { tenant: acme, roles: [viewer] }: an empty file tests nothing",
      );
    return [];
  }
  return list.flatMap((entry, index) => {
    checkNames(entry, source, [index, "as"], near, problems);
    return readEntry(entry, source, [index], problems);
  });
}

function checkNames(
  { as }: PolicyTestFile,
  source: Source,
  base: Path,
  near: KnownNames,
  problems: Problems,
): void {
  tell("tenant", as.tenant, near.ofTenant(as.tenant), source.at([...base, "tenant"]), problems);
  for (const key of ["roles", "role"] as const)
    for (const [index, role] of [as[key] ?? []].flat().entries())
      tell("role", role, near.ofRole(role), source.at([...base, key, index]), problems);
}

/** Whoever is unknown is refused everything, so a misspelt name passes every `cannot`. */
function tell(what: string, name: string, near: string | undefined, at: Position, problems: Problems): void {
  if (near !== undefined)
    problems.error(
      at,
      `there is no ${what} "${name}"; did you mean "${near}"? One that is unknown on purpose needs a name that is less alike`,
    );
}

function readEntry(entry: PolicyTestFile, source: Source, base: Path, problems: Problems): PolicyTest[] {
  if ((entry.can ?? []).length + (entry.cannot ?? []).length === 0)
    problems.error(source.at(base), "neither can nor cannot names a request, so nothing is tested");
  const as = callerOf(entry);
  return (["can", "cannot"] as const).flatMap((kind) =>
    (entry[kind] ?? []).flatMap((request, index) => {
      const at = source.at([...base, kind, index]);
      const parsed = parseRequest(request);
      if (typeof parsed === "string") {
        problems.error(at, parsed);
        return [];
      }
      return [{ as, ...parsed, can: kind === "can", must: entry.must === true, at }];
    }),
  );
}

function callerOf({ as }: PolicyTestFile): SupposedCaller {
  const { tenant, roles, role, subject, scopes, claims, issuer } = as;
  const scopeList =
    typeof scopes === "string" ? scopes.split(" ").filter((scope) => scope !== "") : (scopes ?? []);
  return {
    tenant,
    roles: [roles ?? [], role ?? []].flat(),
    subject,
    scopes: scopeList,
    claims: claims ?? {},
    issuer,
  };
}

/** `PUT /documents/42` as its parts, or what is wrong with it. */
export function parseRequest(text: string): { method: string; path: string } | string {
  const match = /^(\S+) (\/\S*)$/.exec(text.trim());
  if (match === null) return `"${text}": expected a request as a caller makes it, such as PUT /documents/42`;
  const [, method = "", path = ""] = match;
  if (!isMethod(method)) return `"${text}": unknown method "${method}"${suggestion(method, METHODS)}`;
  return { method, path };
}
