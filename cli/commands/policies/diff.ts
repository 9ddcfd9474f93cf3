import { diffAccess } from "../../../core/policy-files/access/diff.ts";
import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { explicitRoutes } from "../../../core/policy-files/model/operation.ts";
import { accessDiffMarkdown, printAccessDiff } from "../../access/print-access-diff.ts";
import type { Command } from "../../shared/command.ts";
import { COMMON, readFlags, UsageError } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { policiesAgainst } from "../../shared/policies-against.ts";
import { readFileOwnedItems } from "../../table/read-table.ts";

const USAGE = `npx portcullis diff [--against REF|DIR | --table NAME] [--format text|markdown|json]
  [--fail-on gain|loss|any] [--policies DIR] [--environment NAME]

Tells what the files change as access: against a commit (by default HEAD), another folder, or what is live in
a table. A change that several tenants share is one entry.
Exit status 0: fine, 1: --fail-on found something, or the files have errors, 2: wrong use.`;

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
  if (values.help) return print([USAGE]);
  const format = values.json ? "json" : oneOf("format", values.format, FORMATS);
  const failOn = values["fail-on"] === undefined ? undefined : oneOf("fail-on", values["fail-on"], FAIL_ON);
  if (values.against !== undefined && values.table !== undefined)
    throw new UsageError("--against and --table are two questions: ask one");
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 1;
  const [current] = policies;
  const before =
    values.table === undefined
      ? permissionItems(policiesAgainst(values.against ?? "HEAD", values.policies, values.environment))
      : await readFileOwnedItems(values.table);
  const found = diffAccess(before, permissionItems(current), explicitRoutes(current.api));
  print(
    format === "json"
      ? [JSON.stringify(found, null, 2)]
      : format === "markdown"
        ? accessDiffMarkdown(found)
        : printAccessDiff(found),
  );
  const gains = found.changes.some(({ kind }) => kind === "gain");
  const losses = found.changes.some(({ kind }) => kind === "loss");
  return (failOn !== "loss" && failOn !== undefined && gains) ||
    (failOn !== "gain" && failOn !== undefined && losses)
    ? 1
    : 0;
}

function oneOf<T extends string>(flag: string, text: string, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === text);
  if (found === undefined) throw new UsageError(`--${flag}: expected ${known.join(", ")}, found "${text}"`);
  return found;
}

function print(lines: readonly string[]): number {
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}
