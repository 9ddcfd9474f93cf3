import { tenantKey } from "../../core/model/items.ts";
import { parseUnambiguously } from "../../core/model/unambiguous-json.ts";
import { joinWithOr, nearest } from "../../core/policy-files/source/suggestion.ts";
import { membershipInput, parseInput, revocationInput, tenantInput } from "../../runtime/table/input.ts";
import { EVERY_TENANT } from "../../runtime/table/input-types.ts";
import { StoreError } from "../../runtime/table/store-error.ts";

/** A line of an import, with its number. */
export interface Line<Input> {
  readonly line: number;
  readonly input: Input;
}

/** What is wrong with a line. */
export interface LineProblem {
  readonly line: number;
  readonly message: string;
}

export type ParsedTenant = ReturnType<typeof parseInput<typeof tenantInput>>;
export type ParsedMembership = ReturnType<typeof parseInput<typeof membershipInput>>;
export type ParsedRevocation = ReturnType<typeof parseInput<typeof revocationInput>>;

/** The lines of one tenant. */
export interface TenantLines {
  /** The id of the first line; another spelling is an error of its line. */
  readonly id: string;
  readonly tenants: Line<ParsedTenant>[];
  readonly memberships: Line<ParsedMembership>[];
  readonly revocations: Line<ParsedRevocation>[];
}

/** The lines of a file by the tenant's partition, in the order of the file. */
export interface Lines {
  readonly tenants: ReadonlyMap<string, TenantLines>;
  /** The number of lines that are not empty. */
  readonly count: number;
  readonly problems: readonly LineProblem[];
}

const KINDS = ["tenant", "membership", "revocation"] as const;

/** Reads the lines of a file. Each is a JSON object with one member, whose name says what the line is. */
export function readLines(text: string): Lines {
  const tenants = new Map<string, TenantLines>();
  const problems: LineProblem[] = [];
  let count = 0;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    count++;
    try {
      addLine(tenants, index + 1, line);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      problems.push({ line: index + 1, message: error.message });
    }
  }
  return { tenants, count, problems };
}

function addLine(tenants: Map<string, TenantLines>, line: number, text: string): void {
  const [kind, value] = readObject(text);
  if (kind === "tenant") {
    const input = parseInput(tenantInput, value);
    linesOf(tenants, input.id).tenants.push({ line, input });
  } else if (kind === "membership") {
    const input = parseInput(membershipInput, value);
    linesOf(tenants, input.tenant).memberships.push({ line, input });
  } else {
    const input = parseInput(revocationInput, value);
    if (input.tenant === EVERY_TENANT)
      throw invalid(
        "expected a tenant: npx portcullis revoke --all-tenants --client revokes a client in every tenant",
      );
    linesOf(tenants, input.tenant).revocations.push({ line, input });
  }
}

function linesOf(tenants: Map<string, TenantLines>, id: string): TenantLines {
  const key = tenantKey(id);
  const found = tenants.get(key) ?? { id, tenants: [], memberships: [], revocations: [] };
  tenants.set(key, found);
  return found;
}

const invalid = (message: string): StoreError => new StoreError("input_invalid", message);

function readObject(text: string): readonly [kind: (typeof KINDS)[number], value: unknown] {
  const value = parseLine(text);
  const [[name = "", content] = [], ...others] = Object.entries(value);
  const kind = KINDS.find((one) => one === name);
  if (kind !== undefined && others.length === 0) return [kind, content];
  const near = kind === undefined ? nearest(name, KINDS) : undefined;
  throw invalid(
    `expected an object with one member, ${joinWithOr(KINDS)}${near === undefined ? "" : `; did you mean "${near}"?`}`,
  );
}

/** The message of a JSON error is not used, because it can contain the line. */
function parseLine(text: string): object {
  let value: unknown;
  try {
    value = parseUnambiguously(text);
  } catch {
    throw invalid("expected one JSON object on a line, without duplicate members");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid("expected a JSON object");
  return value;
}
