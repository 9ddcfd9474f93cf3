import type { Command } from "../../shared/command.ts";
import { readFlags } from "../../shared/flags.ts";
import { oneLine, print } from "../../shared/output.ts";
import { RUN_TIME_FLAGS, readAtRunTime } from "../../table/run-time.ts";

const USAGE = `npx portcullis history --table NAME [--tenant T] [--json]

Prints every change made at run time, from the oldest to the newest: when, who (the AWS caller), what, why and the
outcome. The outcome "begun" means that it is not known whether the change was completed. Without --tenant the whole
table is read.
Exit status 0: done, 1: the table cannot be read, 2: wrong use.`;

const FLAGS = { ...RUN_TIME_FLAGS, tenant: { type: "string" } } as const;

export const history: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, FLAGS);
  if (values.help) return print(USAGE);
  return readAtRunTime(values, async (store) => {
    const data = await store.history(values.tenant);
    const lines = data.map(({ when, who, tenant, what, why, outcome }) =>
      oneLine(`${when}  ${tenant}  ${what}  by ${who}${why === "" ? "" : ` (${why})`}: ${outcome}`),
    );
    return { lines: lines.length === 0 ? ["Nothing was changed at run time"] : lines, data };
  });
}
