import { decisiveFinding, type Finding } from "../../../../core/decision/finding.ts";
import type { Explanation } from "../../../../core/policy-files/explain/explain.ts";
import { decisiveStep } from "../../../../core/policy-files/explain/explain.ts";
import { lineage } from "../../../../core/policy-files/model/role-grants.ts";
import { type RandomCaller, type RandomRequest, type World, worldOf } from "./random-world.ts";

/** A world, a caller or a request after an edit. */
export interface Edited {
  readonly what: string;
  readonly world: World;
  readonly who: RandomCaller;
  readonly request: RandomRequest;
  /** Whether the edit is about this caller too. */
  concerns(who: RandomCaller): boolean;
}

/** Makes the edit that an explanation's deciding step names, as a person would who reads its text. */
export function applyEdit(
  world: World,
  who: RandomCaller,
  request: RandomRequest,
  explanation: Explanation,
): Edited {
  const finding = decisiveFinding(explanation.findings);
  const step = decisiveStep(explanation);
  const { edit } = step ?? {};
  if (finding === undefined || edit === undefined) throw new Error("The explanation names no edit");
  const unchanged = { what: edit.text, world, who, request, concerns: () => false };
  const changed = changeCaller(finding, edit.text, who, request);
  if (changed !== undefined) return { ...unchanged, ...changed };
  return { ...unchanged, world: editFiles(world, edit), concerns: concernedBy(world, finding, edit) };
}

type Edit = NonNullable<NonNullable<ReturnType<typeof decisiveStep>>["edit"]>;

/** Changes what an edit says about the caller, the request or the table; undefined if it is about a file. */
function changeCaller(
  finding: Finding,
  text: string,
  who: RandomCaller,
  request: RandomRequest,
): Partial<Edited> | undefined {
  switch (finding.check) {
    case "issuer":
      return finding.trusted ? undefined : { who: { ...who, issuer: "main" } };
    case "revocation":
      return { who: { ...who, revocation: undefined } };
    case "no_roles":
      return { who: { ...who, roles: ["boss"] } };
    case "scopes":
      return { who: { ...who, scopes: [...who.scopes, ...finding.missing] } };
    case "binding":
      return { who: withValue(who, finding.problem?.source) };
    case "context_size":
      return text.includes("subject")
        ? { who: { ...who, subject: "ann" } }
        : { who: { ...who, scopes: who.scopes.slice(0, 1) } };
    case "request":
      return { request: { ...request, path: correctPath(finding, request.path) } };
    default:
      return undefined;
  }
}

const withValue = (who: RandomCaller, source: string | undefined): RandomCaller =>
  source === "subject"
    ? { ...who, subject: "ann", issuer: "main" }
    : { ...who, claims: { ...who.claims, [source?.replace("claim.", "") ?? ""]: "d-7" } };

function correctPath(finding: Extract<Finding, { check: "request" }>, path: string): string {
  const [bare = ""] = path.split("?");
  const trimmed = bare.replace(/\/$/, "");
  const own = finding.parameters[0]?.accepted[0];
  switch (finding.verdict) {
    case "bound_value":
      return own === undefined ? trimmed : trimmed.replace(/^(\/[^/]+\/)[^/]+/, `$1${own}`);
    case "path_spelling":
      return trimmed;
    default:
      return decodeURIComponent(trimmed).replace(/^(\/[^/]+\/)[^/]+\/+[^/]+/, "$142");
  }
}

/** Edits the line of a file, as the text of the edit says. */
function editFiles(world: World, { text, at }: Edit): World {
  const { files } = world;
  const added = /^add ((?:roles|tenants)\/[^,]+\.yaml)/.exec(text)?.[1];
  if (added !== undefined)
    return worldOf({
      ...files,
      [added]: added.startsWith("roles/") ? "allow:\n  - documents.read\n" : "name: New\nplan: paid\n",
    });
  if (at === undefined) throw new Error(`The edit has no position: ${text}`);
  if (text.includes("under roles in")) {
    const own = "roles:\n  own:\n    allow:\n      - documents.read\n";
    return worldOf({ ...files, [at.file]: (files[at.file] ?? "") + own });
  }
  const lines = (files[at.file] ?? "").split("\n");
  return worldOf({ ...files, [at.file]: editLines(lines, at.line - 1, text).join("\n") });
}

function editLines(lines: readonly string[], at: number, text: string): string[] {
  const line = lines[at] ?? "";
  const indent = /^ */.exec(line)?.[0] ?? "";
  const [, entry, key] = /^add `?(.+?)`? to(?: (\w+) in)?$/.exec(text) ?? [];
  if (entry !== undefined) {
    const inline = `${indent}${key}:`;
    if (key === "tenants" || line.trim().endsWith(":"))
      return lines.toSpliced(at + 1, 0, `${indent}  - ${entry}`);
    return lines.toSpliced(at, 0, inline, `${indent}  - ${entry}`);
  }
  if (text.startsWith("remove")) return withoutEmptyKeys(lines.toSpliced(at, 1), at);
  if (text.startsWith("set `status: active`")) return lines.with(at, "status: active");
  throw new Error(`The edit cannot be made: ${text}`);
}

/** Removes the keys above a line that have lost their only entry. */
function withoutEmptyKeys(lines: readonly string[], at: number): string[] {
  const depth = (line: string | undefined): number => /^ */.exec(line ?? "")?.[0].length ?? 0;
  const above = lines[at - 1];
  const below = lines[at];
  const isEmpty =
    above?.trim().endsWith(":") && (below ?? "") !== ""
      ? depth(below) <= depth(above)
      : above?.trim().endsWith(":");
  return isEmpty ? withoutEmptyKeys(lines.toSpliced(at - 1, 1), at - 1) : [...lines];
}

/** Returns the roles of a caller: the token's, and the one of a membership. */
const rolesOf = ({ roles, membership }: RandomCaller): readonly string[] =>
  membership === undefined ? roles : [...roles, membership.role];

/** Returns which callers an edit of a file is about: those with the role, of the tenant, or of the plan. */
function concernedBy(world: World, finding: Finding, { at }: Edit): Edited["concerns"] {
  const file = at?.file ?? "";
  const { policies } = world;
  if (finding.check === "role_held" || finding.check === "tenant")
    return (who) =>
      who.tenant === finding.tenant || (finding.check === "role_held" && rolesOf(who).includes(finding.role));
  if (file.startsWith("roles/")) {
    const name = /roles\/(.*)\.yaml/.exec(file)?.[1];
    const has = (role: string, tenant: string): boolean => {
      const own = policies.tenants.get(tenant)?.roles;
      const definition = own?.get(role) ?? policies.roles.get(role);
      const all = new Map([...policies.roles, ...(own ?? [])]);
      return definition !== undefined && lineage(definition, all).some((one) => one.name === name);
    };
    return (who) => rolesOf(who).some((role) => has(role, who.tenant));
  }
  const tenantOf = /tenants\/(.*)\.yaml/.exec(file)?.[1];
  if (tenantOf !== undefined) return ({ tenant }) => tenant === tenantOf;
  if (finding.check === "ceiling") return ({ tenant }) => policies.tenants.get(tenant)?.plan === finding.plan;
  return ({ tenant, issuer }) =>
    finding.check === "issuer" && tenant === finding.tenant && issuer === finding.issuer;
}
