import type { Command } from "../../shared/command.ts";
import { readFlags, UsageError } from "../../shared/flags.ts";
import { print } from "../../shared/output.ts";
import {
  changeAtRunTime,
  isoTime,
  MEMBERSHIP_FLAGS,
  readMember,
  required,
  timeFlag,
} from "../../table/run-time.ts";

const USAGE = `npx portcullis grant --tenant T (--subject S | --client C) --role R --table NAME [--until 2h|DATE]
npx portcullis grant --remove --tenant T (--subject S | --client C) [--role R] --table NAME
  [--issuer NAME] [--reason TEXT] [--flush API_ID/STAGE] [--staleness SECONDS] [--json]

Gives a user or a client a role in a tenant, in addition to its other roles. The role applies to tokens of an issuer
with memberships: merge or memberships: instead in issuers.yaml. A client's role applies to every token that was issued
to the client, also to those of users.
  --remove  takes the role away, or without --role all roles that were given with grant; roles in the token stay
  --until   when the role ends: after a duration, or at a date; required for our own staff, as is --reason
  --issuer  the issuer, if several have memberships
Exit status 0: done, 1: rejected, 2: wrong use.`;

const FLAGS = {
  ...MEMBERSHIP_FLAGS,
  until: { type: "string" },
  remove: { type: "boolean", default: false },
} as const;
type Values = ReturnType<typeof readFlags<typeof FLAGS>>["values"];

export const grant: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, FLAGS);
  if (values.help) return print(USAGE);
  const tenant = required("tenant", values.tenant);
  return values.remove ? remove(tenant, values) : add(tenant, values);
}

function add(tenant: string, values: Values): Promise<number> {
  const role = required("role", values.role);
  const until = values.until === undefined ? undefined : timeFlag("until", values.until, "future");
  const { to, name } = readMember(values);
  const end = until === undefined ? "" : `, until ${isoTime(until)}`;
  const membership = { tenant, to, role, until, reason: values.reason };
  return changeAtRunTime(values, `${name} is ${role} of ${tenant}${end}`, (store) =>
    store.putMembership(membership, values.reason ?? ""),
  );
}

function remove(tenant: string, values: Values): Promise<number> {
  if (values.until !== undefined) throw new UsageError("--until: not with --remove");
  const { role } = values;
  const { to, name } = readMember(values);
  const what = role === undefined ? "has no role given at run time in" : `is no longer ${role} of`;
  return changeAtRunTime(values, `${name} ${what} ${tenant}`, (store) =>
    store.removeMembership({ tenant, to, role }, values.reason ?? ""),
  );
}
