import type { Command } from "../../shared/command.ts";
import { readFlags, UsageError } from "../../shared/flags.ts";
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

Has a tenant refuse one token (its jti), a person, or all tokens issued before a time: now, a date, or a duration
back, such as 2h. A token that does not say when it was issued counts as issued before. Other tenants still answer.
  --until   how long it is remembered, 30d by default: name more than the longest life of a token
  --issuer  the subject's, where the table has several
Exit status 0: done, 1: refused, 2: wrong use.`;

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
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
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
    "issuedBefore" in what ? `tokens issued before ${isoTime(what.issuedBefore)}` : nameOf(token, subject);
  return changeAtRunTime(values, `${tenant} refuses ${name}, until ${isoTime(until)}`, (store) =>
    store.revoke({ tenant, what, until }, values.reason ?? ""),
  );
}

function undo(tenant: string, values: Values): Promise<number> {
  const { token, subject, issuer, issued } = values;
  exactlyOne({ token, subject, issued: issued ? "" : undefined });
  const what =
    token !== undefined ? { token } : subject !== undefined ? { subject, issuer } : { issued: true as const };
  const name = "issued" in what ? "tokens by their age" : nameOf(token, subject);
  return changeAtRunTime(values, `${tenant} no longer refuses ${name}`, (store) =>
    store.undoRevocation({ tenant, what }, values.reason ?? ""),
  );
}

const nameOf = (token: string | undefined, subject: string | undefined): string =>
  token === undefined ? `tokens of ${subject ?? ""}` : `the token ${token}`;

function list(tenant: string, values: Values): Promise<number> {
  return readAtRunTime(values, async (store) => {
    const data = await store.revocations(tenant);
    const lines = data.map(({ what, until }) => `${what}, until ${isoTime(until)}`);
    return { lines: lines.length === 0 ? [`${tenant} has revoked nothing`] : lines, data };
  });
}
