import { CATALOGUE_KEY, ROUTES_KEY } from "../../../core/model/items.ts";
import { plural } from "../../../core/model/plural.ts";
import { suggestion } from "../../../core/policy-files/source/suggestion.ts";
import { tenantItemKey } from "../../../runtime/table/catalogue.ts";
import type { TenantInput } from "../../../runtime/table/input-types.ts";
import { checkOwner, getItem, queryItems } from "../../../runtime/table/store.ts";
import { type ChangeOutcome, type ListedTenant, StoreError } from "../../../runtime/table/tenant-store.ts";
import { printDirectories } from "../../../runtime/table/tenants.ts";
import { printAccessDiff } from "../../access/print-access-diff.ts";
import { readExport } from "../../bulk/read-export.ts";
import { writeNewFile } from "../../bulk/write-new-file.ts";
import { findStaleTenants, recompileTenants } from "../../publish/recompile-tenants.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues, nameAndValue, rejectFlags, UsageError } from "../../shared/flags.ts";
import { requireEnvironment, requireFolder } from "../../shared/load-environments.ts";
import { oneLine, print } from "../../shared/output.ts";
import { moveToFiles, moveToRuntime } from "../../table/move-tenant.ts";
import { CHANGE_FLAGS, changeAtRunTime, readAtRunTime, reportChange } from "../../table/run-time.ts";
import { checkTenantFile, readTenantFile, tenantFileInput } from "../../table/tenant-file.ts";
import { type VerbStore, verbStore } from "../../table/verb-store.ts";

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
  file: {
    type: "string",
    value: "FILE",
    otherwise: "no file",
    about:
      "With put, makes the tenant exactly as this file says, in the form of policies/tenants/<tenant>.yaml.",
    example: "umbrella.yaml",
  },
  to: {
    type: "string",
    values: ["files", "runtime"],
    about: "With move, who owns the tenant then: the policy files, or run time.",
  },
  ...COMMON,
  "dry-run": {
    type: "boolean",
    about: "With put, prints the access that it gives and takes, and writes nothing.",
  },
  export: {
    type: "string",
    value: "FILE",
    otherwise: "nothing is kept",
    about:
      "With remove, first writes the tenant with its memberships and revocations into a new file, for import.",
    example: "umbrella.ndjson",
  },
  all: { type: "boolean", about: "With list, also prints the tenants of the files." },
  ...CHANGE_FLAGS,
} as const;
type Values = FlagValues<typeof FLAGS>;

/** The flags that one form alone uses. */
const FLAGS_OF = {
  put: ["plan", "name", "issuer", "directory", "all-issuers", "file", "dry-run"],
  move: ["to"],
  remove: ["export"],
  list: ["all"],
} as const satisfies Readonly<Record<string, readonly (keyof Values)[]>>;

export const tenant = defineCommand({
  name: "tenant",
  forms: [
    "put ID",
    "put [ID] --file FILE",
    "suspend|reinstate|remove ID",
    "move ID --to files|runtime",
    "compile",
    "list",
  ],
  about: `Manages tenants that no policy file has. A tenant of the files cannot be changed here: change its file, or move it.
put creates a tenant, which works from the next request on, or changes the given ones of an existing tenant's plan,
name, issuers and directories; a suspended tenant stays suspended. With --file it also takes the tenant's own roles and
its changes to shared roles, and prints first what access they give and take. compile expands the roles of all tenants
again after Terraform changed the policy files' items; publish does it itself. remove also removes memberships
and revocations. move gives a tenant from run time to the policy files, or
back, with its people: to the files, it writes the tenant's file, and the next publish of it takes the tenant over. list
reads the whole table and prints the run-time tenants.
An id that begins with a dash comes last, after --.`,
  flags: FLAGS,
  examples: [
    "tenant put umbrella --plan free --table portcullis-dev",
    "tenant put --file umbrella.yaml --dry-run --table portcullis-dev",
    "tenant move umbrella --to files --table portcullis-dev",
    "tenant remove --table portcullis-dev -- -x",
    "tenant list --table portcullis-dev --format json",
  ],
  statuses: ["done", "rejected"],
  positionals: true,
  run,
});

async function run(values: Values, positionals: readonly string[]): Promise<number> {
  const [what = "", id, ...others] = positionals;
  const verbs = ["put", "suspend", "reinstate", "remove", "move", "compile", "list"];
  if (!verbs.includes(what))
    throw new UsageError(
      what === "" ? `name one of ${verbs.join(", ")}` : `unknown: tenant ${what}${suggestion(what, verbs)}`,
    );
  for (const [verb, flags] of Object.entries(FLAGS_OF))
    if (verb !== what) rejectFlags(`tenant ${what}`, values, flags);
  if (what === "list" || what === "compile") {
    if (id !== undefined) throw new UsageError(`tenant ${what}: expected no tenant id`);
    return what === "list" ? list(values) : compile(values);
  }
  const isFile = values.file !== undefined;
  if ((id === undefined && !isFile) || others.length > 0)
    throw new UsageError(
      `tenant ${what}: expected one tenant id${what === "put" ? ", or --file with a tenant's file" : ""}`,
    );
  if (what === "put") return isFile ? putFile(values.file ?? "", id, values) : put(id ?? "", values);
  if (what === "move") return move(id ?? "", values);
  return change(what, id ?? "", values);
}

function move(id: string, values: Values): Promise<number> {
  const { to, policies: folder, environment, reason: why = "" } = values;
  if (to === undefined) throw new UsageError("tenant move: --to is missing: files or runtime");
  requireFolder(folder);
  requireEnvironment(folder, environment);
  let next = "";
  return changeAtRunTime(
    values,
    `tenant ${id}: move to ${to}`,
    async (store) => {
      await store.requireTenant(id);
      const moved = await (to === "files" ? moveToFiles : moveToRuntime)(store.options, {
        id,
        folder,
        environment,
        why,
      });
      next = moved.next;
      return moved.outcome;
    },
    () => `Nobody's access changes. Next: ${next}`,
  );
}

function change(what: string, id: string, values: Values): Promise<number> {
  const why = values.reason ?? "";
  if (values.export !== undefined) return removeExported(id, values.export, values);
  return changeAtRunTime(values, `tenant ${id}: ${what}`, async (store) => {
    if (what === "remove") return removeExisting(store, id, why);
    await store.requireTenant(id);
    return what === "suspend" ? store.suspendTenant(id, why) : store.reinstateTenant(id, why);
  });
}

function put(id: string, values: Values): Promise<number> {
  if (values["all-issuers"] && values.issuer !== undefined)
    throw new UsageError("--all-issuers: not with --issuer");
  const { plan, name } = values;
  const issuers = values["all-issuers"] ? null : values.issuer && [...values.issuer];
  const input = { id, plan, name, issuers, ...readDirectories(values.directory) };
  if (values["dry-run"]) return preview(values, () => Promise.resolve(input));
  return changeAtRunTime(values, `tenant ${id}: put`, (store) => store.putTenant(input, values.reason ?? ""));
}

function putFile(path: string, id: string | undefined, values: Values): Promise<number> {
  const { plan, name, issuer, directory } = values;
  if (
    [plan, name, issuer].some((value) => value !== undefined) ||
    directory.length > 0 ||
    values["all-issuers"]
  )
    throw new UsageError(
      "--file: not with --plan, --name, --issuer, --all-issuers or --directory: write them into the file",
    );
  const file = readTenantFile(path, id);
  const read = async (store: VerbStore): Promise<TenantInput> => {
    await checkTenantFile(store.options, file);
    return tenantFileInput(store.options, file);
  };
  if (values["dry-run"]) return preview(values, read);
  return changeAtRunTime(values, `tenant ${file.id}: put`, async (store) => {
    const input = await read(store);
    const found = await store.previewTenant(input);
    if (values.format === "text") print(printAccessDiff(found));
    return store.putTenant(input, values.reason ?? "");
  });
}

/** Prints the access that a put would give and take. */
const preview = (values: Values, read: (store: VerbStore) => Promise<TenantInput>): Promise<number> =>
  readAtRunTime(values, async (store) => {
    const data = await store.previewTenant(await read(store));
    return { lines: [...printAccessDiff(data), "Nothing was written"], data };
  });

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

/** The file is on the disk before anything is removed. */
function removeExported(id: string, file: string, values: Values): Promise<number> {
  return reportChange(values, async (options) => {
    const store = verbStore(options);
    await store.requireTenant(id);
    checkOwner(tenantItemKey(id), await getItem(options, tenantItemKey(id)));
    const lines = await readExport(options, [id]);
    await writeNewFile(file, lines);
    const outcome = await removeExisting(store, id, values.reason ?? "");
    return { what: `tenant ${id}: remove, after ${plural(lines.length, "line")} in ${file}`, outcome };
  });
}

/** Removing a tenant that does not exist is done for a program, but a mistake at the terminal. */
async function removeExisting(store: VerbStore, id: string, why: string): Promise<ChangeOutcome> {
  const outcome = await store.removeTenant(id, why);
  if (outcome === "unchanged") await store.requireTenant(id);
  return outcome;
}

/** Compiles the roles of all run-time tenants against what the table has now. */
function compile(values: Values): Promise<number> {
  return changeAtRunTime(values, "tenant roles: compile", async ({ options }) => {
    const { client, table, who } = options;
    const wanted = [
      ...(await queryItems(options, CATALOGUE_KEY)),
      ...(await queryItems(options, ROUTES_KEY)),
    ];
    const stale = await findStaleTenants(client, table, wanted);
    const { done, failed } = await recompileTenants(client, stale, { table, wanted, who });
    if (failed.length > 0)
      throw new StoreError(
        "rules_invalid",
        [
          ...failed,
          "These tenants keep what they had: change them with npx portcullis tenant put --file",
        ].join("\n"),
      );
    return done.length === 0 ? "unchanged" : "done";
  });
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
