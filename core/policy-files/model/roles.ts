import type { BindingSource } from "../../model/grant.ts";
import { parameterNames } from "../../model/route.ts";
import type { Position, Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import { valueAt } from "../source/validate.ts";
import type { Operation } from "./operation.ts";
import type { Entry, RoleDefinition } from "./role-grants.ts";
import { allowEntry, type RoleFile } from "./schemas.ts";
import { select } from "./selector.ts";

/** What selectors are expanded and checked against. */
export interface SelectorContext {
  readonly operations: readonly Operation[];
  /** Keys of the claims that at least one issuer forwards; undefined: the issuers have an error. */
  readonly forwardedClaims: ReadonlySet<string> | undefined;
}

/** A role as its file has it. An undefined line has an error; it is kept so that the others keep their index. */
export type RoleLines = {
  readonly [Key in "extends" | "allow" | "except"]?:
    | readonly (NonNullable<RoleFile[Key]>[number] | undefined)[]
    | undefined;
} & { readonly description?: string | undefined };

/** Returns the lines without an error of a role's file that has one, so that these are checked too. */
export function readableLines(file: unknown): RoleLines {
  const lines = <T>(key: string, read: (line: unknown) => T | undefined): (T | undefined)[] => {
    const list = valueAt(file, [key]);
    return Array.isArray(list) ? list.map(read) : [];
  };
  const readString = (line: unknown): string | undefined =>
    typeof line === "string" && line !== "" ? line : undefined;
  return {
    extends: lines("extends", readString),
    allow: lines("allow", (line) => allowEntry.safeParse(line).data),
    except: lines("except", readString),
  };
}

/** Expands a role's lines. Reports and drops the lines that match nothing. */
export function defineRole(
  name: string,
  file: RoleLines,
  source: Source,
  base: Path,
  context: SelectorContext,
  problems: Problems,
): RoleDefinition {
  const allow = (file.allow ?? []).flatMap((line, index) => {
    const path = [...base, "allow", index];
    if (line === undefined) return [];
    if (typeof line === "string")
      return expand(line, source, path, context, problems, { grants: true }) ?? [];
    const entry = expand(line.route, source, [...path, "route"], context, problems, { grants: true });
    return entry === undefined
      ? []
      : [withWhere(entry, line.where ?? {}, source, [...path, "where"], context, problems)];
  });
  return {
    name,
    description: file.description,
    at: source.at(base),
    allowAt: source.keyAt([...base, "allow"]),
    parents: (file.extends ?? []).flatMap((parent, index) =>
      parent === undefined ? [] : [{ name: parent, at: source.at([...base, "extends", index]) }],
    ),
    allow,
    except: expandAll(file.except ?? [], source, [...base, "except"], context, problems),
  };
}

/**
 * Expands lines that narrow access (`except`, `never`, a plan's `ceiling`), in which wildcards also reach explicit
 * operations; with `grants` they do not, as in a client's ceiling.
 */
export function expandAll(
  lines: readonly (string | undefined)[],
  source: Source,
  base: Path,
  context: SelectorContext,
  problems: Problems,
  { grants }: { grants: boolean } = { grants: false },
): Entry[] {
  return lines.flatMap((line, index) =>
    line === undefined ? [] : (expand(line, source, [...base, index], context, problems, { grants }) ?? []),
  );
}

function expand(
  text: string,
  source: Source,
  path: Path,
  { operations }: SelectorContext,
  problems: Problems,
  { grants }: { grants: boolean },
): Entry | undefined {
  const at = source.at(path);
  const selection = select(text, operations, { wildcardsReachAll: !grants });
  if ("operations" in selection) return { text, at, operations: selection.operations, where: {} };
  problems.error(selection.rule, at, selection.problem);
  return undefined;
}

function withWhere(
  entry: Entry,
  where: Readonly<Record<string, string>>,
  source: Source,
  path: Path,
  context: SelectorContext,
  problems: Problems,
): Entry {
  for (const [name, from] of Object.entries(where)) {
    const operation = entry.operations.find(({ route }) => !parameterNames(route.segments).includes(name));
    if (operation !== undefined) {
      const known = parameterNames(operation.route.segments);
      problems.error(
        "unknown-parameter",
        source.keyAt([...path, name]),
        `where: ${operation.route.key} has no parameter {${name}}${suggestion(name, known)}`,
      );
    }
    if (context.forwardedClaims !== undefined)
      checkClaim("where", from, source.at([...path, name]), context.forwardedClaims, problems);
  }
  return {
    ...entry,
    where: Object.fromEntries(Object.entries(where).map(([name, from]) => [name, [from as BindingSource]])),
  };
}

/** Rejects a binding to a claim that no issuer forwards. */
export function checkClaim(
  what: string,
  from: unknown,
  at: Position,
  forwardedClaims: ReadonlySet<string>,
  problems: Problems,
): void {
  const claim = typeof from === "string" ? /^claim\.(.*)$/.exec(from)?.[1] : undefined;
  if (claim !== undefined && !forwardedClaims.has(claim))
    problems.error(
      "unknown-claim",
      at,
      `${what}: no issuer forwards the claim "${claim}" (see pass in policies/issuers.yaml)${suggestion(claim, forwardedClaims)}`,
    );
}

/** Rejects parents that do not exist, and cycles, each of which is reported once. */
export function checkParents(
  roles: Iterable<RoleDefinition>,
  known: ReadonlyMap<string, RoleDefinition>,
  problems: Problems,
): void {
  const reported = new Set<string>();
  for (const role of roles) {
    for (const parent of role.parents)
      if (!known.has(parent.name))
        problems.error(
          "unknown-role",
          parent.at,
          `extends: there is no role "${parent.name}"${suggestion(parent.name, known.keys())}`,
        );
    const cycle = findCycle(role, known);
    if (cycle === undefined || reported.has([...cycle].sort().join())) continue;
    reported.add([...cycle].sort().join());
    problems.error(
      "role-cycle",
      role.parents[0]?.at ?? role.at,
      `extends: the roles form a cycle: ${[...cycle, cycle[0]].join(" → ")}`,
    );
  }
}

function findCycle(start: RoleDefinition, roles: ReadonlyMap<string, RoleDefinition>): string[] | undefined {
  const seen = new Set<string>();
  const search = (role: RoleDefinition, path: readonly string[]): string[] | undefined => {
    for (const parent of role.parents) {
      if (parent.name === start.name) return [...path];
      const next = roles.get(parent.name);
      if (next === undefined || seen.has(parent.name)) continue;
      seen.add(parent.name);
      const found = search(next, [...path, parent.name]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(start, [start.name]);
}
