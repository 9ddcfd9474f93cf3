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

/** What entries are expanded against. */
export interface Vocabulary {
  readonly operations: readonly Operation[];
  /** Keys of the claims that some issuer passes on; undefined: not known, for the issuers have an error. */
  readonly passedClaims: ReadonlySet<string> | undefined;
}

/** A role as it is written; a line that is undefined has an error of its own and only keeps its place. */
export type RoleLines = {
  readonly [Key in "extends" | "allow" | "except"]?:
    | readonly (NonNullable<RoleFile[Key]>[number] | undefined)[]
    | undefined;
} & { readonly description?: string | undefined };

/** What can be read of a role's file that has an error: its other lines may have errors of their own. */
export function readableLines(file: unknown): RoleLines {
  const lines = <T>(key: string, read: (line: unknown) => T | undefined): (T | undefined)[] => {
    const list = valueAt(file, [key]);
    return Array.isArray(list) ? list.map(read) : [];
  };
  const text = (line: unknown): string | undefined =>
    typeof line === "string" && line !== "" ? line : undefined;
  return {
    extends: lines("extends", text),
    allow: lines("allow", (line) => allowEntry.safeParse(line).data),
    except: lines("except", text),
  };
}

/** Expands a role's lines; lines that name nothing are problems and left out. */
export function defineRole(
  name: string,
  file: RoleLines,
  source: Source,
  base: Path,
  vocabulary: Vocabulary,
  problems: Problems,
): RoleDefinition {
  const allow = (file.allow ?? []).flatMap((line, index) => {
    const path = [...base, "allow", index];
    if (line === undefined) return [];
    if (typeof line === "string")
      return expand(line, source, path, vocabulary, problems, { grants: true }) ?? [];
    const entry = expand(line.route, source, [...path, "route"], vocabulary, problems, { grants: true });
    return entry === undefined
      ? []
      : [withWhere(entry, line.where ?? {}, source, [...path, "where"], vocabulary, problems)];
  });
  return {
    name,
    description: file.description,
    at: source.at(base),
    parents: (file.extends ?? []).flatMap((parent, index) =>
      parent === undefined ? [] : [{ name: parent, at: source.at([...base, "extends", index]) }],
    ),
    allow,
    except: expandAll(file.except ?? [], source, [...base, "except"], vocabulary, problems),
  };
}

/** Expands lines that narrow: there a wildcard takes explicit operations too. */
export function expandAll(
  lines: readonly (string | undefined)[],
  source: Source,
  base: Path,
  vocabulary: Vocabulary,
  problems: Problems,
): Entry[] {
  return lines.flatMap((line, index) =>
    line === undefined
      ? []
      : (expand(line, source, [...base, index], vocabulary, problems, { grants: false }) ?? []),
  );
}

function expand(
  text: string,
  source: Source,
  path: Path,
  { operations }: Vocabulary,
  problems: Problems,
  { grants }: { grants: boolean },
): Entry | undefined {
  const at = source.at(path);
  const selection = select(text, operations, { wildcardsReachAll: !grants });
  if ("operations" in selection) return { text, at, operations: selection.operations, where: {} };
  problems.error(at, selection.problem);
  return undefined;
}

function withWhere(
  entry: Entry,
  where: Readonly<Record<string, string>>,
  source: Source,
  path: Path,
  vocabulary: Vocabulary,
  problems: Problems,
): Entry {
  for (const [name, from] of Object.entries(where)) {
    const without = entry.operations.find(
      (operation) => !parameterNames(operation.route.segments).includes(name),
    );
    if (without !== undefined) {
      const known = parameterNames(without.route.segments);
      problems.error(
        source.keyAt([...path, name]),
        `where: ${without.route.key} has no parameter {${name}}${suggestion(name, known)}`,
      );
    }
    if (vocabulary.passedClaims !== undefined)
      checkClaim("where", from, source.at([...path, name]), vocabulary.passedClaims, problems);
  }
  return {
    ...entry,
    where: Object.fromEntries(Object.entries(where).map(([name, from]) => [name, [from as BindingSource]])),
  };
}

/** Tells a binding to a claim that no issuer passes. */
export function checkClaim(
  what: string,
  from: unknown,
  at: Position,
  passed: ReadonlySet<string>,
  problems: Problems,
): void {
  const claim = typeof from === "string" ? /^claim\.(.*)$/.exec(from)?.[1] : undefined;
  if (claim !== undefined && !passed.has(claim))
    problems.error(
      at,
      `${what}: no issuer passes the claim "${claim}"${suggestion(claim, passed)} (pass: in policies/issuers.yaml)`,
    );
}

/** Tells parents that do not exist, and each cycle once, where it starts. */
export function checkParents(
  roles: Iterable<RoleDefinition>,
  known: ReadonlyMap<string, RoleDefinition>,
  problems: Problems,
): void {
  const told = new Set<string>();
  for (const role of roles) {
    for (const parent of role.parents)
      if (!known.has(parent.name))
        problems.error(
          parent.at,
          `extends: there is no role "${parent.name}"${suggestion(parent.name, known.keys())}`,
        );
    const cycle = findCycle(role, known);
    if (cycle === undefined || told.has([...cycle].sort().join())) continue;
    told.add([...cycle].sort().join());
    problems.error(
      role.parents[0]?.at ?? role.at,
      `extends goes in a circle: ${[...cycle, cycle[0]].join(" → ")}`,
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
