import type { Command } from "../../shared/command.ts";
import { readFlags, UsageError } from "../../shared/flags.ts";
import { oneLine, print } from "../../shared/output.ts";
import { RUN_TIME_FLAGS, readAtRunTime } from "../../table/run-time.ts";

const USAGE = `npx portcullis history --table NAME [--tenant T | --issuer NAME] [--json]

Prints every change made at run time, from the oldest to the newest: when, who (the AWS caller), what, why and the
outcome. The outcome "begun" means that it is not known whether the change was completed. Without --tenant and
--issuer the whole table is read.
Exit status 0: done, 1: the table cannot be read, 2: wrong use.`;

const FLAGS = { ...RUN_TIME_FLAGS, tenant: { type: "string" }, issuer: { type: "string" } } as const;

export const history: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, FLAGS);
  if (values.help) return print(USAGE);
  const { tenant, issuer } = values;
  if (tenant !== undefined && issuer !== undefined)
    throw new UsageError("name --tenant or --issuer, not both");
  return readAtRunTime(values, async (store) => {
    const data = await store.history(issuer === undefined ? tenant : { issuer });
    const lines = data.map(({ when, who, tenant: of, issuer: named, what, why, outcome }) =>
      oneLine(
        `${when}  ${of ?? `issuer ${named ?? ""}`}  ${what}  by ${who}${why === "" ? "" : ` (${why})`}: ${outcome}`,
      ),
    );
    return { lines: lines.length === 0 ? ["Nothing was changed at run time"] : lines, data };
  });
}
