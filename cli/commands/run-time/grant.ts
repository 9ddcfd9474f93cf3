import { plural } from "../../../core/model/plural.ts";
import { findHeldRoles, type HeldRoles, removeHeldRoles } from "../../bulk/every-tenant.ts";
import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, rejectFlags, UsageError } from "../../shared/flags.ts";
import { oneLine, print, printJson } from "../../shared/output.ts";
import {
  changeAtRunTime,
  isoTime,
  MEMBERSHIP_FLAGS,
  readAtRunTime,
  readMember,
  reportChange,
  required,
  timeFlag,
} from "../../table/run-time.ts";

const FLAGS = {
  ...MEMBERSHIP_FLAGS,
  until: {
    type: "string",
    value: "2h|DATE",
    otherwise: "never",
    about: "When the role ends: after a duration, or at a date; required for our own staff, as is --reason.",
    example: "2026-12-31",
  },
  "expiring-within": {
    type: "string",
    value: "7d",
    otherwise: "all roles",
    about: "With list, only the roles that end within this time.",
    example: "7d",
  },
  "all-tenants": {
    type: "boolean",
    about: "With --remove: from every tenant. Reads the whole table.",
  },
  "dry-run": {
    type: "boolean",
    about: "With --all-tenants, prints what would be removed, and removes nothing.",
  },
  remove: {
    type: "boolean",
    about:
      "Takes the role away, or without --role all roles that were given with grant; roles in the token stay.",
  },
} as const;
type Values = FlagValues<typeof FLAGS>;

export const grant = defineCommand({
  name: "grant",
  forms: [
    "--tenant T --subject S --role R",
    "--tenant T --client C --role R",
    "--remove (--tenant T | --all-tenants) --subject S",
    "list [--tenant T] [--expiring-within 7d]",
  ],
  about: `Gives a user or a client a role in a tenant, in addition to its other roles. The role applies to tokens of an issuer
with memberships: merge or memberships: instead in issuers.yaml. A client's role applies to tokens whose subject is
the client, never to those of its users. list prints the roles that were given and have not ended, those that end first
at the top; without --tenant it reads the whole table.`,
  flags: FLAGS,
  examples: [
    "grant --tenant acme --subject ann --role editor --until 2h --table portcullis-dev",
    "grant list --expiring-within 7d --table portcullis-dev",
    "grant --remove --tenant acme --subject ann --table portcullis-dev",
    "grant --remove --all-tenants --subject ann --issuer main --dry-run --table portcullis-dev",
  ],
  positionals: true,
  statuses: ["done", "rejected"],
  run,
});

async function run(values: Values, positionals: readonly string[]): Promise<number> {
  if (positionals.length > 1 || (positionals.length === 1 && positionals[0] !== "list"))
    throw new UsageError(`expected grant or grant list, found "${positionals.join(" ")}"`);
  if (positionals.length === 1) return list(values);
  if (values["expiring-within"] !== undefined) throw new UsageError("--expiring-within: only used with list");
  if (values["all-tenants"]) return removeEverywhere(values);
  if (values["dry-run"]) throw new UsageError("--dry-run: only with --all-tenants");
  const tenant = required("tenant", values.tenant);
  return values.remove ? remove(tenant, values) : add(tenant, values);
}

function add(tenant: string, values: Values): Promise<number> {
  const role = required("role", values.role);
  const until = values.until === undefined ? undefined : timeFlag("until", values.until, "future");
  const { to, name } = readMember(values);
  const end = until === undefined ? "" : `, until ${isoTime(until)}`;
  const membership = { tenant, to, role, until, reason: values.reason };
  return changeAtRunTime(values, `${name} is ${role} of ${tenant}${end}`, async (store) => {
    await store.requireTenant(tenant);
    return store.putMembership(membership, values.reason ?? "");
  });
}

function remove(tenant: string, values: Values): Promise<number> {
  if (values.until !== undefined) throw new UsageError("--until: not with --remove");
  const { role } = values;
  const { to, name } = readMember(values);
  const what = role === undefined ? "has no role given at run time in" : `is no longer ${role} of`;
  return changeAtRunTime(values, `${name} ${what} ${tenant}`, async (store) => {
    await store.requireTenant(tenant);
    return store.removeMembership({ tenant, to, role }, values.reason ?? "");
  });
}

/** Prints the roles that were given, those that end first at the top. */
function list(values: Values): Promise<number> {
  rejectFlags("grant list", values, [
    ...(["subject", "client", "issuer", "role", "until"] as const),
    ...(["all-tenants", "remove", "dry-run"] as const),
  ]);
  const { tenant } = values;
  const within = values["expiring-within"];
  const before =
    within === undefined ? Number.POSITIVE_INFINITY : timeFlag("expiring-within", within, "future");
  return readAtRunTime(values, async (store) => {
    if (tenant !== undefined) await store.requireTenant(tenant);
    const all = await store.memberships(tenant);
    const data = within === undefined ? all : all.filter(({ until }) => until !== null && until <= before);
    const lines = data.map(({ tenant: id, who, role, until, reason }) => {
      const why = reason === "" ? "" : ` (${reason})`;
      return oneLine(
        `${id}  ${role}  ${who}, ${until === null ? "without an end" : `until ${isoTime(until)}`}${why}`,
      );
    });
    const none = `No role was given at run time${within === undefined ? "" : " that ends in this time"}`;
    return { lines: lines.length === 0 ? [none] : lines, data };
  });
}

function removeEverywhere(values: Values): Promise<number> {
  if (!values.remove) throw new UsageError("--all-tenants: only with --remove");
  if (values.tenant !== undefined) throw new UsageError("--all-tenants: not with --tenant");
  if (values.until !== undefined) throw new UsageError("--until: not with --remove");
  const { role, reason: why = "" } = values;
  const { to, name } = readMember(values);
  return reportChange(values, async (store) => {
    const held = await findHeldRoles(store, to, role);
    if (values["dry-run"]) return printHeld(values.format, held, role);
    const changed = await removeHeldRoles(store, to, { role, held, why });
    const what = role === undefined ? "has no role given at run time" : `is no longer ${role}`;
    return {
      what: `${name} ${what} in any tenant (removed from ${changed})`,
      outcome: changed > 0 ? "done" : "unchanged",
      data: { tenants: held.map(({ tenant }) => tenant) },
    };
  });
}

function printHeld(format: Values["format"], held: readonly HeldRoles[], role: string | undefined): number {
  if (format === "json") return printJson(held);
  const lines = held.map(({ tenant, roles }) => {
    const removed = roles.filter((one) => role === undefined || one.role === role);
    const names = removed.map((one) =>
      one.until === undefined ? one.role : `${one.role} until ${isoTime(one.until)}`,
    );
    return oneLine(`${tenant}: ${names.join(", ")}`);
  });
  return print([...lines, `${plural(held.length, "tenant")}; nothing was removed`]);
}
