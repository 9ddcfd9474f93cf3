import { clientPattern, isClientPattern, MAX_STARS } from "../../model/client-ceilings.ts";
import type { Position, Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import { validate } from "../source/validate.ts";
import {
  type CeilingChangeDefinition,
  type CeilingChangesDefinition,
  type CeilingDefinition,
  type CeilingsDefinition,
  checkChangesWithinDefault,
  checkWithinDefault,
} from "./client-ceiling.ts";
import type { IssuerDefinition } from "./issuer-presets.ts";
import { expandAll, type SelectorContext } from "./roles.ts";
import { type CeilingFile, clientsSchema, type TenantFile } from "./schemas.ts";

/**
 * Reads `policies/clients.yaml`, and returns the issuers with the ceilings of their clients. Every issuer has them then: the
 * file's default, where the file does not name the issuer.
 */
export function readClients(
  source: Source,
  issuers: ReadonlyMap<string, IssuerDefinition>,
  context: SelectorContext,
  problems: Problems,
): ReadonlyMap<string, IssuerDefinition> {
  const file = validate(clientsSchema, source, problems);
  if (file === undefined) return issuers;
  for (const name of Object.keys(file.issuers ?? {}))
    if (!issuers.has(name))
      problems.error(
        "unknown-issuer",
        source.keyAt(["issuers", name]),
        `there is no issuer "${name}"${suggestion(name, issuers.keys())}`,
      );
  const read = (ceiling: CeilingFile, path: Path): CeilingDefinition => ({
    at: source.keyAt(path),
    lines: {
      ceiling: source.keyAt([...path, "ceiling"]),
      scopes: source.keyAt([...path, "scopes"]),
      tenants: source.keyAt([...path, "tenants"]),
    },
    ceiling: expandAll(ceiling.ceiling, source, [...path, "ceiling"], context, problems, { grants: true }),
    scopes: ceiling.scopes,
    tenants: ceiling.tenants,
  });
  const shared = read(file.default, ["default"]);
  return new Map(
    [...issuers].map(([name, issuer]) => {
      const own = Object.hasOwn(file.issuers ?? {}, name) ? file.issuers?.[name] : undefined;
      const entries = (kind: "clients" | "delegates") =>
        new Map(
          Object.entries(own?.[kind] ?? {}).map(([entry, ceiling]) => [
            entry,
            read(ceiling, ["issuers", name, kind, entry]),
          ]),
        );
      const ceilings: CeilingsDefinition = {
        otherwise: own?.default === undefined ? shared : read(own.default, ["issuers", name, "default"]),
        clients: entries("clients"),
        delegates: entries("delegates"),
      };
      checkClients(ceilings.clients, problems);
      checkWithinDefault(ceilings, problems);
      return [name, { ...issuer, ceilings }];
    }),
  );
}

/** Rejects patterns that could match a client of somebody else, and entries that a pattern makes useless. */
function checkClients(clients: ReadonlyMap<string, CeilingDefinition>, problems: Problems): void {
  const patterns = [...clients.keys()].filter(isClientPattern);
  for (const [client, { at }] of clients) {
    const problem = isClientPattern(client) ? patternProblem(client) : undefined;
    if (problem !== undefined) problems.error("client-pattern", at, `client ${client}: ${problem}`);
    const other = isClientPattern(client)
      ? undefined
      : patterns.find(
          (pattern) => patternProblem(pattern) === undefined && clientPattern(pattern).test(client),
        );
    if (other !== undefined)
      problems.error(
        "client-pattern",
        at,
        `client ${client}: the pattern ${other} matches it too, and a client that two entries match has the default: change the pattern, or remove one of the two`,
      );
  }
}

function patternProblem(pattern: string): string | undefined {
  if (pattern.includes("**")) return "** is not a pattern: * is one or more letters, digits, -, _ and ~";
  if (pattern.split("*").length > MAX_STARS + 1) return `expected at most ${MAX_STARS} *`;
  const [, host] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(pattern) ?? [];
  if (host === undefined) return undefined;
  const [labels, fixed] = [host.split("."), host.split(".").slice(-2)];
  return labels.some((label) => label.includes("*") && label !== "*") || fixed.join(".").includes("*")
    ? "in a host, * is a whole label, and the last two labels are fixed, as in https://*.agents.example/client"
    : undefined;
}

/** Reads what a tenant takes from the ceilings of clients, by issuer. Reports names that the ceilings do not have. */
export function readCeilingChanges(
  file: Pick<TenantFile, "clients">,
  source: Source,
  context: SelectorContext & { readonly issuers: Issuers },
  problems: Problems,
): Map<string, CeilingChangesDefinition> {
  const read = (change: "none" | { except: string[] }, path: Path): CeilingChangeDefinition => ({
    at: source.keyAt(path),
    except:
      change === "none" ? change : expandAll(change.except, source, [...path, "except"], context, problems),
  });
  return new Map(
    Object.entries(file.clients ?? {}).map(([issuer, written]) => {
      const base = ["clients", issuer];
      const entries = (kind: "clients" | "delegates") =>
        new Map(
          Object.entries(written[kind] ?? {}).map(([entry, change]) => [
            entry,
            read(change, [...base, kind, entry]),
          ]),
        );
      const changes: CeilingChangesDefinition = {
        otherwise: written.default && read(written.default, [...base, "default"]),
        clients: entries("clients"),
        delegates: entries("delegates"),
      };
      checkChanges(issuer, changes, source.keyAt(base), context.issuers, problems);
      return [issuer, changes];
    }),
  );
}

type Issuers = ReadonlyMap<string, Pick<IssuerDefinition, "ceilings">> | undefined;

function checkChanges(
  issuer: string,
  changes: CeilingChangesDefinition,
  at: Position,
  issuers: Issuers,
  problems: Problems,
): void {
  if (issuers === undefined) return;
  const ceilings = issuers.get(issuer)?.ceilings;
  if (!issuers.has(issuer))
    problems.error(
      "unknown-issuer",
      at,
      `clients: there is no issuer "${issuer}"${suggestion(issuer, issuers.keys())}`,
    );
  else if (ceilings === undefined)
    problems.error(
      "missing-file",
      at,
      "clients: there is no clients.yaml, so there is no ceiling to narrow: add the file",
    );
  if (ceilings === undefined) return;
  for (const kind of ["clients", "delegates"] as const)
    for (const [entry, { at: entryAt }] of changes[kind])
      if (!ceilings[kind].has(entry))
        problems.error(
          "unknown-client",
          entryAt,
          `clients: clients.yaml has no entry "${entry}" under ${kind} of the issuer ${issuer}${suggestion(entry, ceilings[kind].keys())}`,
        );
  checkChangesWithinDefault(changes, ceilings, problems);
}
