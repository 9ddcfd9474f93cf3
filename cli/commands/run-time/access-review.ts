import { join } from "node:path";
import { TENANT_SORT_KEY } from "../../../core/model/items.ts";
import { plural } from "../../../core/model/plural.ts";
import {
  loadPolicies,
  type PolicyFiles,
  type PolicySet,
} from "../../../core/policy-files/model/policy-set.ts";
import { isMoving } from "../../../core/policy-files/publish/moved-tenant.ts";
import type { RunTimeItems } from "../../../core/policy-files/simulate/run-time-state.ts";
import { isError, type Position, Problems, printProblem } from "../../../core/policy-files/source/problem.ts";
import { parseSource } from "../../../core/policy-files/source/source.ts";
import { suggestion } from "../../../core/policy-files/source/suggestion.ts";
import { type ReviewRow, reviewRows } from "../../access-review/review-rows.ts";
import { pastState, presentNotes, type ReviewState } from "../../access-review/review-state.ts";
import { commitBefore } from "../../publish/git-head.ts";
import { withTable } from "../../publish/run-publish.ts";
import { defineCommand } from "../../shared/command.ts";
import { csvLine } from "../../shared/csv.ts";
import { COMMON, type FlagValues, UsageError } from "../../shared/flags.ts";
import { readPolicyFilesAt } from "../../shared/git-files.ts";
import { requireEnvironment, requireFolder } from "../../shared/load-environments.ts";
import { oneLine, print, printError, printJson } from "../../shared/output.ts";
import { readPolicyFiles } from "../../shared/policy-folder.ts";
import { ATTEMPTS, withTableClient } from "../../table/client.ts";
import { rejectTenantsInBoth } from "../../table/read-caller.ts";
import { isoTime, timeFlag } from "../../table/run-time.ts";
import { runTimeItems } from "../../table/run-time-items.ts";
import { TABLE_FLAG, tableFlag } from "../../table/table-flag.ts";
import { verbStore } from "../../table/verb-store.ts";

const FLAGS = {
  "as-of": {
    type: "string",
    default: "now",
    value: "DATE",
    about: "The time of the review: now, a date, or a duration ago.",
    example: "2026-12-01",
  },
  tenant: {
    type: "string",
    value: "T",
    otherwise: "all tenants",
    about: "Only this tenant.",
    example: "acme",
  },
  ...COMMON,
  ...TABLE_FLAG,
  format: {
    type: "string",
    default: "text",
    values: ["text", "json", "csv"],
    about: "The form of the output. CSV has a header, and no cell that a spreadsheet would run.",
  },
} as const;
type Values = FlagValues<typeof FLAGS>;

export const accessReview = defineCommand({
  name: "access-review",
  about: `Lists who has which role in which tenant at a time: person or client, where the role comes from (a file and its
line, or a membership with who gave it, when and why), when it ends, and whether it is in force. Persons whose roles are
in their tokens are one line for each group or role, because only the identity provider knows them. For an earlier time
the files are those of git, and the memberships those of the history; what cannot be known is printed. Reads the whole table.`,
  flags: FLAGS,
  examples: [
    "access-review --table portcullis-dev",
    "access-review --as-of 2026-12-01 --format csv --table portcullis-dev",
  ],
  statuses: ["done", "the table or the files cannot be read"],
  run,
});

async function run(values: Values): Promise<number> {
  const { policies: folder, environment } = values;
  const table = tableFlag(values.table);
  requireFolder(folder);
  requireEnvironment(folder, environment);
  const now = Math.ceil(Date.now() / 1_000);
  const at = timeFlag("as-of", values["as-of"], "past");
  if (at > now)
    throw new UsageError(`--as-of: ${isoTime(at)} is in the future: a review needs a time that was`);
  const isPast = values["as-of"] !== "now";
  const { files, note } = isPast
    ? filesAt(folder, isoTime(at))
    : { files: readPolicyFiles(folder), note: undefined };
  const policies = load(files, environment, folder);
  return withTable(table, () =>
    withTableClient(async (client) => {
      const history = await verbStore({ client, table, who: "" }).history();
      const state = isPast
        ? pastState(history, policies.tenants.keys(), at)
        : presentState(await runTimeItems(client, table), policies);
      const rows = reviewRows({
        ...{ policies, runTime: state, history, at },
        groupAt: groupFinder(files, policies),
        printPosition: ({ file, line }) => `${join(folder, file)}:${line}`,
      });
      const notes = [...(note === undefined ? [] : [note]), ...state.notes, TOKENS_NOTE];
      return printReview(values, at, chooseTenant(rows, values.tenant), notes);
    }, ATTEMPTS),
  );
}

const TOKENS_NOTE =
  "Which persons get a role or group by their tokens is known to the identity provider alone: review them there";

/** Reads the files of the last commit before a time. @throws UsageError */
function filesAt(folder: string, time: string): { readonly files: PolicyFiles; readonly note: string } {
  const commit = commitBefore(folder, time);
  if (commit === null)
    throw new UsageError(
      `--as-of: git has no commit before ${time} in ${folder}, so the files of that time are not known: name a later date, or now`,
    );
  return {
    files: readPolicyFilesAt(commit, folder, "--as-of"),
    note: `The files are those of commit ${commit.slice(0, 10)}, the last one before ${time}; when they were published is not known here: npx portcullis rollback --list has the versions of the table`,
  };
}

/** @throws UsageError with the first error of the files */
function load(files: PolicyFiles, environment: string, folder: string): PolicySet {
  const { policies, problems } = loadPolicies(files, environment);
  if (policies !== undefined) return policies;
  const [first] = problems.filter(isError);
  throw new UsageError(
    `the policy files have errors: ${first && printProblem({ ...first, file: join(folder, first.file) })}`,
  );
}

/** @throws StoreError if a tenant has both owners */
function presentState(found: RunTimeItems, policies: PolicySet): ReviewState {
  const tenants = found.items.filter((item) => item["sk"] === TENANT_SORT_KEY && !isMoving(item));
  rejectTenantsInBoth(policies, tenants);
  return { ...found, notes: presentNotes(found) };
}

/** Returns a function that finds where an issuer's file maps a group to roles. */
function groupFinder(
  files: PolicyFiles,
  { issuers }: PolicySet,
): (issuer: string, group: string) => Position | undefined {
  const [file] = [...issuers.values()].map(({ at }) => at.file);
  const source = file === undefined ? undefined : parseSource(file, files.get(file) ?? "", new Problems());
  return (issuer, group) => source?.keyAt([issuer, "roles", group]);
}

function chooseTenant(rows: readonly ReviewRow[], id: string | undefined): readonly ReviewRow[] {
  if (id === undefined) return rows;
  const found = rows.filter(({ tenant }) => tenant === id);
  if (found.length === 0)
    throw new UsageError(
      `--tenant: nobody has a role in "${id}"${suggestion(id, new Set(rows.map(({ tenant }) => tenant)))}`,
    );
  return found;
}

const COLUMNS = [
  "tenant",
  "kind",
  "issuer",
  "who",
  "role",
  "until",
  "effect",
  "source",
  "by",
  "when",
  "why",
] as const;

function printReview(
  { format }: Values,
  at: number,
  rows: readonly ReviewRow[],
  notes: readonly string[],
): number {
  const asOf = isoTime(at);
  if (format === "json") return printJson({ asOf, rows, notes });
  if (format === "csv") {
    // The notes are no records, so they are on standard error.
    for (const note of notes) printError(oneLine(note));
    return print([COLUMNS.join(","), ...rows.map((row) => csvLine(COLUMNS.map((name) => row[name])))]);
  }
  return print([
    `${plural(rows.length, "role")} as of ${asOf}`,
    ...rows.map((row) => oneLine(textLine(row))),
    ...notes.map((note) => oneLine(`Note: ${note}`)),
  ]);
}

function textLine({
  tenant,
  kind,
  issuer,
  who,
  role,
  until,
  effect,
  source,
  by,
  when,
  why,
}: ReviewRow): string {
  const given = by === "" ? "" : `, given by ${by} on ${when}`;
  const reason = why === "" ? "" : ` (${why})`;
  const end = until === "" ? "" : `, until ${until}`;
  return `${tenant}  ${role}  ${kind} ${who} of ${issuer}${end}: ${effect}; ${source}${given}${reason}`;
}
