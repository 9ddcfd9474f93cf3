import { suggestion } from "../../../core/policy-files/source/suggestion.ts";
import type { ListedTenant } from "../../../runtime/table/tenant-store.ts";
import type { Command } from "../../shared/command.ts";
import { readFlags, UsageError } from "../../shared/flags.ts";
import { oneLine, print } from "../../shared/output.ts";
import { CHANGE_FLAGS, changeAtRunTime, readAtRunTime } from "../../table/run-time.ts";

const USAGE = `npx portcullis tenant put ID --table NAME [--plan PLAN] [--name NAME] [--issuer NAME … | --all-issuers]
npx portcullis tenant suspend|reinstate|remove ID --table NAME
npx portcullis tenant list --table NAME [--all]
  [--reason TEXT] [--flush API_ID/STAGE] [--staleness SECONDS] [--json]

Manages tenants that no policy file has. A tenant of the files cannot be changed here: change its file.
put creates a tenant, which works from the next request on, or changes the given ones of an existing tenant's plan,
name and issuers; a suspended tenant stays suspended. remove also removes memberships and revocations. list reads the whole table and prints the
run-time tenants, with --all also those of the files.
  --all-issuers  lifts the restriction to certain issuers
  --reason  the reason for the history (npx portcullis history)
  --flush   afterwards empties the stage's cache of authorizer responses
Exit status 0: done, 1: rejected, 2: wrong use.`;

const FLAGS = {
  ...CHANGE_FLAGS,
  plan: { type: "string" },
  name: { type: "string" },
  issuer: { type: "string", multiple: true },
  "all-issuers": { type: "boolean", default: false },
  all: { type: "boolean", default: false },
} as const;

export const tenant: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readFlags(args, FLAGS, true);
  if (values.help) return print(USAGE);
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

type Values = ReturnType<typeof readFlags<typeof FLAGS>>["values"];

function change(what: string, id: string, values: Values): Promise<number> {
  const why = values.reason ?? "";
  if (values["all-issuers"] && values.issuer !== undefined)
    throw new UsageError("--all-issuers: not with --issuer");
  return changeAtRunTime(values, `tenant ${id}: ${what}`, (store) => {
    if (what === "suspend") return store.suspendTenant(id, why);
    if (what === "reinstate") return store.reinstateTenant(id, why);
    if (what === "remove") return store.removeTenant(id, why);
    const { plan, name } = values;
    const issuers = values["all-issuers"] ? null : values.issuer;
    return store.putTenant({ id, plan, name, issuers }, why);
  });
}

function list(values: Values): Promise<number> {
  return readAtRunTime(values, async (store) => {
    const found: ListedTenant[] = [];
    for await (const listed of store.tenants())
      if (values.all || listed.owner === "runtime") found.push(listed);
    found.sort((a, b) => (a.id < b.id ? -1 : 1));
    const lines = found.map(({ id, status, plan, owner }) =>
      oneLine(`${id}  ${status}  plan ${plan ?? "none"}  ${owner}`),
    );
    return { lines: lines.length === 0 ? ["There is no run-time tenant"] : lines, data: found };
  });
}
