import { isMethod, METHODS } from "../route.ts";
import { suggestion } from "./near-miss.ts";
import type { Position, Problems } from "./problem.ts";
import { type ExpectationFile, expectationsSchema } from "./schemas.ts";
import type { Path, Source } from "./source.ts";
import { validate } from "./validate.ts";

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
export interface Expectation {
  readonly as: SupposedCaller;
  readonly method: string;
  readonly path: string;
  readonly can: boolean;
  readonly must: boolean;
  readonly at: Position;
}

/** Reads one file of `policies/tests`. */
export function readExpectations(source: Source | undefined, problems: Problems): Expectation[] {
  if (source === undefined) return [];
  const list = Array.isArray(source.value) ? validate(expectationsSchema, source, problems) : undefined;
  if (list === undefined || list.length === 0) {
    if (!Array.isArray(source.value) || source.value.length === 0)
      problems.error(
        source.at([]),
        "expected a list of expectations such as - as: { tenant: acme, roles: [viewer] }: an empty file tests nothing",
      );
    return [];
  }
  return list.flatMap((entry, index) => readEntry(entry, source, [index], problems));
}

function readEntry(entry: ExpectationFile, source: Source, base: Path, problems: Problems): Expectation[] {
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

function callerOf({ as }: ExpectationFile): SupposedCaller {
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
