import { diffAccess } from "../../../core/policy-files/access/diff.ts";
import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { explicitRoutes } from "../../../core/policy-files/model/operation.ts";
import { accessDiffMarkdown, printAccessDiff } from "../../access/print-access-diff.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues, FORMAT, UsageError } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { print, printJson } from "../../shared/output.ts";
import { policiesAgainst } from "../../shared/policies-against.ts";
import { TABLE_FLAG } from "../../table/table-flag.ts";

const FLAGS = {
  ...COMMON,
  against: {
    type: "string",
    value: "REF|DIR",
    otherwise: "HEAD",
    about: "What the files are compared with: a commit or another folder.",
    example: "main",
  },
  table: {
    ...TABLE_FLAG.table,
    otherwise: "no table",
    about: "Compares the files with the live state of this table.",
  },
  format: { ...FORMAT.format, values: ["text", "markdown", "json"] },
  "fail-on": {
    type: "string",
    values: ["gain", "loss", "any"],
    about: "Exits with status 1 if there is such a change.",
    example: "gain",
  },
} as const;

export const diff = defineCommand({
  name: "diff",
  about: `Prints the access that the files give and take, compared with a commit, another folder, or the live state of a
table. A change that several tenants share is one entry.`,
  flags: FLAGS,
  examples: ["diff", "diff --against main --format markdown", "diff --table portcullis-dev --fail-on loss"],
  statuses: ["done", "--fail-on found such a change"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const { format, "fail-on": failOn } = values;
  if (values.against !== undefined && values.table !== undefined)
    throw new UsageError("--against and --table exclude each other: use one of them");
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 2;
  const [current] = policies;
  const before =
    values.table === undefined
      ? permissionItems(policiesAgainst(values.against ?? "HEAD", values.policies, values.environment))
      : await (await import("../../table/read-table.ts")).readFileOwnedItems(values.table);
  const found = diffAccess(before, permissionItems(current), explicitRoutes(current.api));
  const gains = found.changes.some(({ kind }) => kind === "gain");
  const losses = found.changes.some(({ kind }) => kind === "loss");
  const fails =
    (failOn !== "loss" && failOn !== undefined && gains) ||
    (failOn !== "gain" && failOn !== undefined && losses);
  const status = fails ? 1 : 0;
  if (format === "json") return printJson(found, status);
  return print(format === "markdown" ? accessDiffMarkdown(found) : printAccessDiff(found), status);
}
