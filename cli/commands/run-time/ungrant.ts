import type { Command } from "../../shared/command.ts";
import { readFlags } from "../../shared/flags.ts";
import { changeAtRunTime, PERSON_FLAGS, person, required } from "../../table/run-time.ts";

const USAGE = `npx portcullis ungrant --tenant T (--subject S | --client C) [--role R] --table NAME
  [--issuer NAME] [--reason TEXT] [--flush API_ID/STAGE] [--staleness SECONDS] [--json]

Takes a role that was given with grant, or without --role all of them. Roles that the token itself names stay.
Exit status 0: done, 1: refused, 2: wrong use.`;

export const ungrant: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, PERSON_FLAGS);
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const tenant = required("tenant", values.tenant);
  const { role } = values;
  const { to, name } = person(values);
  const what = role === undefined ? "has no role given at run time in" : `is no longer ${role} of`;
  return changeAtRunTime(values, `${name} ${what} ${tenant}`, (store) =>
    store.removeMembership({ tenant, to, role }, values.reason ?? ""),
  );
}
