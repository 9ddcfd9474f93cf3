import { suggestion } from "../../../core/policy-files/source/suggestion.ts";
import type { TenantInput } from "../../../runtime/table/input-types.ts";
import type { ChangeOutcome, ListedTenant } from "../../../runtime/table/tenant-store.ts";
import { printDirectories } from "../../../runtime/table/tenants.ts";
import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, nameAndValue, UsageError } from "../../shared/flags.ts";
import { oneLine } from "../../shared/output.ts";
import { CHANGE_FLAGS, changeAtRunTime, readAtRunTime } from "../../table/run-time.ts";
import type { VerbStore } from "../../table/verb-store.ts";

const FLAGS = {
  plan: { type: "string", value: "PLAN", about: "The plan of the tenant.", example: "free" },
  name: { type: "string", value: "NAME", about: "The name of the tenant.", example: '"Umbrella Inc."' },
  issuer: {
    type: "string",
    multiple: true,
    value: "NAME",
    otherwise: "any issuer that covers the tenant",
    about: "An issuer that may speak for the tenant.",
    example: "main",
  },
  directory: {
    type: "string",
    multiple: true,
    default: [] as string[],
    value: "ISSUER=NAME",
    about: "The tenant's directory of an issuer with tenants: by_directory; without NAME it is removed.",
    example: "pools=eu-central-1_AbCdEfGhI",
  },
  "all-issuers": { type: "boolean", about: "Lifts the restriction to certain issuers." },
  all: { type: "boolean", about: "With list, also prints the tenants of the files." },
  ...CHANGE_FLAGS,
} as const;
type Values = FlagValues<typeof FLAGS>;

export const tenant = defineCommand({
  name: "tenant",
  forms: ["put ID", "suspend|reinstate|remove ID", "list"],
  about: `Manages tenants that no policy file has. A tenant of the files cannot be changed here: change its file.
put creates a tenant, which works from the next request on, or changes the given ones of an existing tenant's plan,
name, issuers and directories; a suspended tenant stays suspended. remove also removes memberships and revocations. list reads the
whole table and prints the run-time tenants.
An id that begins with a dash comes last, after --.`,
  flags: FLAGS,
  examples: [
    "tenant put umbrella --plan free --table portcullis-dev",
    "tenant remove --table portcullis-dev -- -x",
    "tenant list --table portcullis-dev --format json",
  ],
  statuses: ["done", "rejected"],
  positionals: true,
  run,
});

async function run(values: Values, positionals: readonly string[]): Promise<number> {
  const [what = "", id, ...others] = positionals;
  if (what === "list" && id === undefined) return list(values);
  const verbs = ["put", "suspend", "reinstate", "remove", "list"];
  if (!verbs.includes(what))
    throw new UsageError(
      what === "" ? `name one of ${verbs.join(", ")}` : `unknown: tenant ${what}${suggestion(what, verbs)}`,
    );
  if (what === "list") throw new UsageError("tenant list: expected no tenant id");
  if (id === undefined || others.length > 0) throw new UsageError(`tenant ${what}: expected one tenant id`);
  return change(what, id, values);
}

function change(what: string, id: string, values: Values): Promise<number> {
  const why = values.reason ?? "";
  if (values["all-issuers"] && values.issuer !== undefined)
    throw new UsageError("--all-issuers: not with --issuer");
  return changeAtRunTime(values, `tenant ${id}: ${what}`, async (store) => {
    if (what === "remove") return removeExisting(store, id, why);
    if (what !== "put") await store.requireTenant(id);
    if (what === "suspend") return store.suspendTenant(id, why);
    if (what === "reinstate") return store.reinstateTenant(id, why);
    const { plan, name } = values;
    const issuers = values["all-issuers"] ? null : values.issuer && [...values.issuer];
    return store.putTenant({ id, plan, name, issuers, ...readDirectories(values.directory) }, why);
  });
}

function readDirectories(texts: readonly string[]): Pick<TenantInput, "directories"> {
  if (texts.length === 0) return {};
  const pairs = texts.map((text) => nameAndValue("directory", text));
  const names = pairs.map(([issuer]) => issuer);
  const twice = names.find((issuer, index) => names.indexOf(issuer) < index);
  if (twice !== undefined)
    throw new UsageError(`--directory: ${twice} is there twice, but a tenant has one directory of an issuer`);
  return {
    directories: Object.fromEntries(pairs.map(([issuer, name]) => [issuer, name === "" ? null : name])),
  };
}

/** Removing a tenant that does not exist is done for a program, but a mistake at the terminal. */
async function removeExisting(store: VerbStore, id: string, why: string): Promise<ChangeOutcome> {
  const outcome = await store.removeTenant(id, why);
  if (outcome === "unchanged") await store.requireTenant(id);
  return outcome;
}

function list(values: Values): Promise<number> {
  return readAtRunTime(values, async (store) => {
    const found: ListedTenant[] = [];
    for await (const listed of store.tenants())
      if (values.all || listed.owner === "runtime") found.push(listed);
    found.sort((a, b) => (a.id < b.id ? -1 : 1));
    const lines = found.map(({ id, status, plan, owner, directories }) => {
      const listed = printDirectories(directories);
      return oneLine(
        `${id}  ${status}  plan ${plan ?? "none"}  ${owner}${listed && `  directories ${listed}`}`,
      );
    });
    return { lines: lines.length === 0 ? ["There is no run-time tenant"] : lines, data: found };
  });
}
