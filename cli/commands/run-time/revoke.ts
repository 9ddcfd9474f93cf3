import type { Command } from "../../shared/command.ts";
import { readFlags, UsageError } from "../../shared/flags.ts";
import { print } from "../../shared/output.ts";
import {
  CHANGE_FLAGS,
  changeAtRunTime,
  exactlyOne,
  isoTime,
  readAtRunTime,
  required,
  timeFlag,
} from "../../table/run-time.ts";

const USAGE = `npx portcullis revoke --tenant T (--token ID | --subject S | --issued-before TIME) --table NAME
npx portcullis revoke undo --tenant T (--token ID | --subject S | --issued) --table NAME
npx portcullis revoke list --tenant T --table NAME
  [--issuer NAME] [--until 30d|DATE] [--reason TEXT] [--flush API_ID/STAGE] [--staleness SECONDS] [--json]

Denies requests to a tenant with one token (named by its jti), of one subject, or with any token issued before a time:
now, a date, or a duration ago, such as 2h. A token without an issue time counts as issued before that time. Other
tenants are not affected.
  --until   when the revocation ends, by default after 30d; it must outlive the tokens
  --issuer  the subject's issuer, if the table has several
Exit status 0: done, 1: rejected, 2: wrong use.`;

const FLAGS = {
  ...CHANGE_FLAGS,
  tenant: { type: "string" },
  token: { type: "string" },
  subject: { type: "string" },
  issuer: { type: "string" },
  "issued-before": { type: "string" },
  issued: { type: "boolean", default: false },
  until: { type: "string", default: "30d" },
} as const;
type Values = ReturnType<typeof readFlags<typeof FLAGS>>["values"];

export const revoke: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readFlags(args, FLAGS, true);
  if (values.help) return print(USAGE);
  const [what] = positionals;
  if (positionals.length > 1 || (what !== undefined && what !== "list" && what !== "undo"))
    throw new UsageError(`expected revoke, revoke list or revoke undo, found "${positionals.join(" ")}"`);
  const tenant = required("tenant", values.tenant);
  if (what === "list") return list(tenant, values);
  return what === "undo" ? undo(tenant, values) : add(tenant, values);
}

function add(tenant: string, values: Values): Promise<number> {
  const { token, subject, issuer, "issued-before": issuedBefore } = values;
  exactlyOne({ token, subject, "issued-before": issuedBefore });
  const until = timeFlag("until", values.until, "future");
  const what =
    token !== undefined
      ? { token }
      : subject !== undefined
        ? { subject, issuer }
        : { issuedBefore: timeFlag("issued-before", issuedBefore ?? "", "past") };
  const name =
    "issuedBefore" in what ? `tokens issued before ${isoTime(what.issuedBefore)}` : describe(token, subject);
  return changeAtRunTime(values, `${tenant} denies ${name}, until ${isoTime(until)}`, (store) =>
    store.revoke({ tenant, what, until }, values.reason ?? ""),
  );
}

function undo(tenant: string, values: Values): Promise<number> {
  const { token, subject, issuer, issued } = values;
  exactlyOne({ token, subject, issued: issued ? "" : undefined });
  const what =
    token !== undefined ? { token } : subject !== undefined ? { subject, issuer } : { issued: true as const };
  const name = "issued" in what ? "tokens by their issue time" : describe(token, subject);
  return changeAtRunTime(values, `${tenant} no longer denies ${name}`, (store) =>
    store.undoRevocation({ tenant, what }, values.reason ?? ""),
  );
}

const describe = (token: string | undefined, subject: string | undefined): string =>
  token === undefined ? `tokens of ${subject ?? ""}` : `the token ${token}`;

function list(tenant: string, values: Values): Promise<number> {
  return readAtRunTime(values, async (store) => {
    const data = await store.revocations(tenant);
    const lines = data.map(({ what, until }) => `${what}, until ${isoTime(until)}`);
    return { lines: lines.length === 0 ? [`${tenant} has no revocations`] : lines, data };
  });
}
