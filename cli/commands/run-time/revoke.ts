import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, UsageError } from "../../shared/flags.ts";
import {
  CHANGE_FLAGS,
  changeAtRunTime,
  exactlyOne,
  isoTime,
  readAtRunTime,
  required,
  timeFlag,
} from "../../table/run-time.ts";

const FLAGS = {
  tenant: { type: "string", value: "T", about: "The tenant's id; required.", example: "acme" },
  token: { type: "string", value: "ID", about: "The token, by its jti.", example: "34f2f972-0bf7-4a92" },
  subject: { type: "string", value: "S", about: "The user, by the token's subject.", example: "ann" },
  "issued-before": {
    type: "string",
    value: "TIME",
    about: "All tokens issued before a time: now, a date, or a duration ago.",
    example: "2h",
  },
  issued: { type: "boolean", about: "With undo, takes back --issued-before." },
  issuer: {
    type: "string",
    value: "NAME",
    otherwise: "the table's only issuer",
    about: "The subject's issuer.",
    example: "main",
  },
  until: {
    type: "string",
    default: "30d",
    value: "30d|DATE",
    about: "When the revocation ends; it must outlive the tokens.",
    example: "2026-12-31",
  },
  ...CHANGE_FLAGS,
} as const;
type Values = FlagValues<typeof FLAGS>;

export const revoke = defineCommand({
  name: "revoke",
  forms: [
    "--tenant T (--token ID | --subject S | --issued-before TIME)",
    "undo --tenant T (--token ID | --subject S | --issued)",
    "list --tenant T",
  ],
  about: `Denies requests to a tenant with one token (named by its jti), of one subject, or with any token issued before a
time. A token without an issue time counts as issued before that time. Other tenants are not affected.`,
  flags: FLAGS,
  examples: [
    "revoke --tenant acme --subject ann --table portcullis-dev",
    "revoke undo --tenant acme --subject ann --table portcullis-dev",
    "revoke list --tenant acme --table portcullis-dev",
  ],
  statuses: ["done", "rejected"],
  positionals: true,
  run,
});

async function run(values: Values, positionals: readonly string[]): Promise<number> {
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
  return changeAtRunTime(values, `${tenant} denies ${name}, until ${isoTime(until)}`, async (store) => {
    await store.requireTenant(tenant);
    return store.revoke({ tenant, what, until }, values.reason ?? "");
  });
}

function undo(tenant: string, values: Values): Promise<number> {
  const { token, subject, issuer, issued } = values;
  exactlyOne({ token, subject, issued: issued ? "" : undefined });
  const what =
    token !== undefined ? { token } : subject !== undefined ? { subject, issuer } : { issued: true as const };
  const name = "issued" in what ? "tokens by their issue time" : describe(token, subject);
  return changeAtRunTime(values, `${tenant} no longer denies ${name}`, async (store) => {
    await store.requireTenant(tenant);
    return store.undoRevocation({ tenant, what }, values.reason ?? "");
  });
}

const describe = (token: string | undefined, subject: string | undefined): string =>
  token === undefined ? `tokens of ${subject ?? ""}` : `the token ${token}`;

function list(tenant: string, values: Values): Promise<number> {
  return readAtRunTime(values, async (store) => {
    await store.requireTenant(tenant);
    const data = await store.revocations(tenant);
    const lines = data.map(({ what, until }) => `${what}, until ${isoTime(until)}`);
    return { lines: lines.length === 0 ? [`${tenant} has no revocations`] : lines, data };
  });
}
