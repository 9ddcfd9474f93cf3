import { EVERY_TENANT } from "../../../runtime/table/input-types.ts";
import { StoreError, tenantStore } from "../../../runtime/table/tenant-store.ts";
import { listIds, undoInEveryTenant } from "../../bulk/every-tenant.ts";
import { readLines } from "../../bulk/lines.ts";
import { importLines } from "../../bulk/run-import.ts";
import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, rejectFlags, UsageError } from "../../shared/flags.ts";
import {
  CHANGE_FLAGS,
  changeAtRunTime,
  exactlyOne,
  isoTime,
  readAtRunTime,
  reportChange,
  required,
  timeFlag,
} from "../../table/run-time.ts";
import type { VerbStore } from "../../table/verb-store.ts";

const FLAGS = {
  tenant: {
    type: "string",
    value: "T",
    about: "The tenant's id; required, or --all-tenants with --subject or --client.",
    example: "acme",
  },
  "all-tenants": {
    type: "boolean",
    about: `In every tenant, with --subject, --client and list. A subject is revoked in each tenant that the table has now, and a
client in later ones too.`,
  },
  token: { type: "string", value: "ID", about: "The token, by its jti.", example: "34f2f972-0bf7-4a92" },
  subject: { type: "string", value: "S", about: "The user, by the token's subject.", example: "ann" },
  client: { type: "string", value: "C", about: "The OAuth client, by its id.", example: "quill-assistant" },
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
    about: "The issuer of the subject or the client.",
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
    "--tenant T (--token ID | --subject S | --client C | --issued-before TIME)",
    "--all-tenants (--subject S | --client C)",
    "undo --tenant T (--token ID | --subject S | --client C | --issued)",
    "undo --all-tenants (--subject S | --client C)",
    "list (--tenant T | --all-tenants)",
  ],
  about: `Denies requests to a tenant with one token (named by its jti), of one subject, of one OAuth client, or with any
token issued before a time. A token without an issue time counts as issued before that time. Other tenants are not
affected, without --all-tenants. The tokens of a subject are also those in which it acts for
somebody else (act); the tokens of a client are all that name it, whichever person they are for.`,
  flags: FLAGS,
  examples: [
    "revoke --tenant acme --subject ann --table portcullis-dev",
    "revoke undo --tenant acme --subject ann --table portcullis-dev",
    "revoke --all-tenants --client quill-assistant --table portcullis-dev",
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
  const tenant = tenantFlag(values);
  if (what !== "undo") rejectFlags(`revoke${what === undefined ? "" : " list"}`, values, ["issued"]);
  if (what !== undefined) rejectFlags(`revoke ${what}`, values, ["issued-before"]);
  if (what === "list") rejectFlags("revoke list", values, ["token", "subject", "client", "issuer"]);
  if (what === "list") return tenant === EVERY_TENANT ? listClients(values) : list(tenant, values);
  return what === "undo" ? undo(tenant, values) : add(tenant, values);
}

/** Returns the tenant, or every tenant. */
function tenantFlag({ tenant, "all-tenants": all }: Values): string {
  if (all && tenant !== undefined) throw new UsageError("--all-tenants: not with --tenant");
  return all ? EVERY_TENANT : required("tenant", tenant);
}

const tenantName = (tenant: string): string => (tenant === EVERY_TENANT ? "every tenant" : tenant);

async function requireTenant(store: VerbStore, tenant: string): Promise<void> {
  if (tenant !== EVERY_TENANT) await store.requireTenant(tenant);
}

function checkEveryTenant(tenant: string, { subject, client }: Values): void {
  if (tenant === EVERY_TENANT && client === undefined && subject === undefined)
    throw new UsageError("--all-tenants: name a --subject or a --client");
}

function add(tenant: string, values: Values): Promise<number> {
  const { token, subject, client, issuer, "issued-before": issuedBefore } = values;
  checkEveryTenant(tenant, values);
  exactlyOne({ token, subject, client, "issued-before": issuedBefore });
  const until = timeFlag("until", values.until, "future");
  if (tenant === EVERY_TENANT && subject !== undefined)
    return addEverywhere({ subject, issuer }, until, values);
  const what =
    token !== undefined
      ? { token }
      : subject !== undefined
        ? { subject, issuer }
        : client !== undefined
          ? { client, issuer }
          : { issuedBefore: timeFlag("issued-before", issuedBefore ?? "", "past") };
  const name =
    "issuedBefore" in what ? `tokens issued before ${isoTime(what.issuedBefore)}` : describe(values);
  return changeAtRunTime(
    values,
    `${tenantName(tenant)} denies ${name}, until ${isoTime(until)}`,
    async (store) => {
      await requireTenant(store, tenant);
      return store.revoke({ tenant, what, until }, values.reason ?? "");
    },
  );
}

interface Subject {
  readonly subject: string;
  readonly issuer: string | undefined;
}

/** Revokes a subject in each tenant, as an import of these revocations. */
function addEverywhere(what: Subject, until: number, values: Values): Promise<number> {
  return reportChange(values, async (store) => {
    const ids = await listIds(tenantStore(store));
    const lines = readLines(
      ids.map((tenant) => JSON.stringify({ revocation: { tenant, what, until } })).join("\n"),
    );
    const why = values.reason ?? "";
    const { outcome, problems, changed } = await importLines(store, lines, {
      dryRun: false,
      again: false,
      why,
    });
    const [problem] = problems;
    if (problem !== undefined) throw new StoreError("input_invalid", problem.message);
    return {
      what: `every tenant denies ${describe(values)}, until ${isoTime(until)} (${changed.length} of ${ids.length} changed)`,
      outcome: outcome === "unchanged" ? outcome : "done",
    };
  });
}

function undoEverywhere(what: Subject, values: Values): Promise<number> {
  return reportChange(values, async (store) => {
    const changed = await undoInEveryTenant(store, what, values.reason ?? "");
    return {
      what: `no tenant denies ${describe(values)} (${changed} changed)`,
      outcome: changed > 0 ? "done" : "unchanged",
    };
  });
}

function undo(tenant: string, values: Values): Promise<number> {
  const { token, subject, client, issuer, issued } = values;
  checkEveryTenant(tenant, values);
  exactlyOne({ token, subject, client, issued: issued ? "" : undefined });
  if (tenant === EVERY_TENANT && subject !== undefined) return undoEverywhere({ subject, issuer }, values);
  const what =
    token !== undefined
      ? { token }
      : subject !== undefined
        ? { subject, issuer }
        : client !== undefined
          ? { client, issuer }
          : { issued: true as const };
  const name = "issued" in what ? "tokens by their issue time" : describe(values);
  return changeAtRunTime(values, `${tenantName(tenant)} no longer denies ${name}`, async (store) => {
    await requireTenant(store, tenant);
    return store.undoRevocation({ tenant, what }, values.reason ?? "");
  });
}

function describe({ token, subject, client }: Values): string {
  if (token !== undefined) return `the token ${token}`;
  return client === undefined ? `tokens of ${subject ?? ""}` : `tokens of the client ${client}`;
}

function list(tenant: string, values: Values): Promise<number> {
  return readAtRunTime(values, async (store) => {
    await store.requireTenant(tenant);
    const data = await store.revocations(tenant);
    const lines = data.map(({ what, until }) => `${what}, until ${isoTime(until)}`);
    return { lines: lines.length === 0 ? [`${tenant} has no revocations`] : lines, data };
  });
}

/** Prints the clients that are revoked in every tenant. */
function listClients(values: Values): Promise<number> {
  return readAtRunTime(values, async (store) => {
    const now = Date.now() / 1_000;
    const data = (await store.issuers()).flatMap(({ name, revokedClients }) =>
      revokedClients
        .filter(({ until }) => until > now)
        .map(({ client, until }) => ({ tenant: EVERY_TENANT, what: `client ${name} ${client}`, until })),
    );
    const lines = data.map(({ what, until }) => `${what}, until ${isoTime(until)}`);
    return { lines: lines.length === 0 ? ["No client is revoked in every tenant"] : lines, data };
  });
}
