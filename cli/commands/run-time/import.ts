import { readFileSync } from "node:fs";
import { plural } from "../../../core/model/plural.ts";
import { type LineProblem, readLines } from "../../bulk/lines.ts";
import { type ImportResult, importLines, type TenantChange } from "../../bulk/run-import.ts";
import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, UsageError } from "../../shared/flags.ts";
import { oneLine, print, printError } from "../../shared/output.ts";
import { isTransient } from "../../table/back-off.ts";
import { CHANGE_FLAGS, type ChangeReport, reportChange } from "../../table/run-time.ts";

const FLAGS = {
  "dry-run": { type: "boolean", about: "Checks the file and prints what would change, and writes nothing." },
  again: {
    type: "boolean",
    about: `Also gives again what was taken away: roles that were removed or have ended or belonged to an earlier tenant, roles of
a revoked subject or client, removed tenants, and the status active of suspended ones.`,
  },
  ...CHANGE_FLAGS,
} as const;
type Values = FlagValues<typeof FLAGS>;

/** The most lines that are printed of one kind; --format json has all. */
const SHOWN = 20;

export const importVerb = defineCommand({
  name: "import",
  forms: ["FILE"],
  about: `Puts many tenants, memberships and revocations: a JSON object on each line, in the form that export writes. The lines
are checked as single changes are, all before the first write. An import adds and changes, and removes nothing. One that
was interrupted is completed by running it again, and one that has nothing to change writes nothing.`,
  flags: FLAGS,
  examples: [
    "import tenants.ndjson --dry-run --table portcullis-dev",
    'import tenants.ndjson --reason "move from the old system" --table portcullis-dev',
  ],
  statuses: ["done", "rejected, or some tenants were not written"],
  positionals: true,
  run,
});

async function run(values: Values, positionals: readonly string[]): Promise<number> {
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new UsageError("import: expected one file");
  const lines = readLines(readText(file));
  return reportChange(values, async (store) => {
    const dryRun = values["dry-run"];
    try {
      const result = await importLines(store, lines, {
        dryRun,
        again: values.again,
        why: values.reason ?? "",
      });
      return report(values, file, result);
    } catch (error) {
      if (!isTransient(error)) throw error;
      const { name, message } = error as Error;
      return printError(
        `${store.table} could not take all writes (${name}: ${message}). What was written stays: run the same command again to continue`,
      );
    }
  });
}

/** Bytes that are not UTF-8 are rejected, because they would become another subject. */
function readText(file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EISDIR")
      throw new UsageError(`import: ${file} is a folder: name a file`);
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(`import: ${file} is not UTF-8`);
  }
}

function report(values: Values, file: string, result: ImportResult): ChangeReport | number {
  const { outcome, problems, lines, changed } = result;
  const dryRun = values["dry-run"];
  const isBad = outcome === "rejected" || outcome === "incomplete";
  if (values.format === "json" && (isBad || dryRun))
    return print(JSON.stringify({ dryRun, ...result }, null, 2), isBad ? 1 : 0);
  if (isBad) return printError([...problemLines(problems), failure(file, result)].join("\n"));
  const what = `import ${file}: ${plural(lines, "line")}, ${describe(changed)}`;
  if (!dryRun) return { what, outcome, data: { lines, changed } };
  return print([
    ...shorten(changed.map(changeLine)),
    outcome === "unchanged"
      ? `${oneLine(what)}: nothing would change`
      : `${oneLine(what)}; nothing was written`,
  ]);
}

function failure(file: string, { outcome, problems, lines }: ImportResult): string {
  const count = `${plural(problems.length, "problem")} in ${plural(lines, "line")} of ${oneLine(file)}`;
  return outcome === "rejected"
    ? `${count}: nothing was written`
    : `${count}, because others changed these tenants in the meantime. The other tenants are written: correct the lines, or run the same command again`;
}

const problemLines = (problems: readonly LineProblem[]): string[] =>
  shorten(problems.map(({ line, message }) => `line ${line}: ${oneLine(message)}`));

const changeLine = ({ tenant, put, memberships, revocations }: TenantChange): string =>
  oneLine(
    `${tenant}: ${[
      ...(put === null ? [] : [put]),
      ...(memberships === 0 ? [] : [plural(memberships, "membership")]),
      ...(revocations === 0 ? [] : [plural(revocations, "revocation")]),
    ].join(", ")}`,
  );

function shorten(lines: readonly string[]): string[] {
  const left = lines.length - SHOWN;
  return left <= 0 ? [...lines] : [...lines.slice(0, SHOWN), `… and ${left} more (--format json has each)`];
}

function describe(changed: readonly TenantChange[]): string {
  const sum = (read: (change: TenantChange) => number): number =>
    changed.reduce((total, change) => total + read(change), 0);
  const memberships = sum((change) => change.memberships);
  const revocations = sum((change) => change.revocations);
  return `${plural(
    sum(({ put }) => (put === null ? 0 : 1)),
    "tenant",
  )}, ${plural(memberships, "membership")} and ${plural(revocations, "revocation")} of ${plural(changed.length, "tenant")} to change`;
}
