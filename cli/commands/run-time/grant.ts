import type { Command } from "../../shared/command.ts";
import { readFlags } from "../../shared/flags.ts";
import { changeAtRunTime, isoTime, PERSON_FLAGS, person, required, timeFlag } from "../../table/run-time.ts";

const USAGE = `npx portcullis grant --tenant T (--subject S | --client C) --role R --table NAME
  [--issuer NAME] [--until 2h|DATE] [--reason TEXT] [--flush API_ID/STAGE] [--staleness SECONDS] [--json]

Gives a person, or a client, a role in a tenant, beside those that it has. It counts for tokens of an issuer with
memberships: merge or instead in issuers.yaml; --issuer names it where several are. A client's role counts for
every token that was issued to the client, a person's too.
  --until   when it ends: after a duration, or at a date; our own staff need it, and --reason
Exit status 0: done, 1: refused, 2: wrong use.`;

const FLAGS = { ...PERSON_FLAGS, until: { type: "string" } } as const;

export const grant: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, FLAGS);
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const [tenant, role] = [required("tenant", values.tenant), required("role", values.role)];
  const until = values.until === undefined ? undefined : timeFlag("until", values.until, "future");
  const { to, name } = person(values);
  const end = until === undefined ? "" : `, until ${isoTime(until)}`;
  const membership = { tenant, to, role, until, reason: values.reason };
  return changeAtRunTime(values, `${name} is ${role} of ${tenant}${end}`, (store) =>
    store.putMembership(membership, values.reason ?? ""),
  );
}
