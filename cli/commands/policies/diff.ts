import { diffAccess } from "../../../core/policy-files/access/diff.ts";
import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { explicitRoutes } from "../../../core/policy-files/model/operation.ts";
import { accessDiffMarkdown, printAccessDiff } from "../../access/print-access-diff.ts";
import type { Command } from "../../shared/command.ts";
import { COMMON, oneOf, readFlags, UsageError } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { print, printJson } from "../../shared/output.ts";
import { policiesAgainst } from "../../shared/policies-against.ts";
import { readFileOwnedItems } from "../../table/read-table.ts";

const USAGE = `npx portcullis diff [--against REF|DIR | --table NAME] [--format text|markdown|json]
  [--fail-on gain|loss|any] [--policies DIR] [--environment NAME]

Prints the access that the files give and take, compared with a commit (by default HEAD), another folder, or the
live state of a table. A change that several tenants share is one entry.
Exit status 0: done; 1: --fail-on found such a change, or the files have errors; 2: wrong use.`;

const FORMATS = ["text", "markdown", "json"] as const;
const FAIL_ON = ["gain", "loss", "any"] as const;

export const diff: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, {
    ...COMMON,
    against: { type: "string" },
    table: { type: "string" },
    format: { type: "string", default: "text" },
    json: { type: "boolean", default: false },
    "fail-on": { type: "string" },
  });
  if (values.help) return print(USAGE);
  const format = values.json ? "json" : oneOf("format", values.format, FORMATS);
  const failOn = values["fail-on"] === undefined ? undefined : oneOf("fail-on", values["fail-on"], FAIL_ON);
  if (values.against !== undefined && values.table !== undefined)
    throw new UsageError("--against and --table exclude each other: use one of them");
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 1;
  const [current] = policies;
  const before =
    values.table === undefined
      ? permissionItems(policiesAgainst(values.against ?? "HEAD", values.policies, values.environment))
      : await readFileOwnedItems(values.table);
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
