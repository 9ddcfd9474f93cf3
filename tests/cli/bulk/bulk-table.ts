import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { readLines } from "../../../cli/bulk/lines.ts";
import { readExport } from "../../../cli/bulk/read-export.ts";
import { type ImportOptions, importLines } from "../../../cli/bulk/run-import.ts";
import type { Item } from "../../../core/model/items.ts";
import { stampItem } from "../../../core/policy-files/compile/permission-items.ts";
import type { StoreOptions } from "../../../runtime/table/store.ts";
import { type TenantStore, tenantStore } from "../../../runtime/table/tenant-store.ts";
import { roleItem, startTable, TABLE, type TestTable, tenantItem } from "../publish/publish-table.ts";

const issuer = (name: string, content: Item): Item =>
  stampItem({
    ...{ pk: "CATALOGUE", sk: `ISSUER#${name}`, name, tenants: "*" },
    claims: { tenant: ["tenant"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] },
    ...{ audienceClaims: ["aud"], types: [""], ...content },
  });
const plan = (name: string, content: Item = {}): Item =>
  stampItem({ pk: "CATALOGUE", sk: `PLAN#${name}`, name, ceiling: ["GET /a"], ...content });

const CATALOGUE: readonly Item[] = [
  issuer("main", { memberships: "merge" }),
  issuer("staff", { memberships: "instead", staff: true }),
  issuer("pools", { tenants: "by_directory" }),
  plan("team"),
  plan("small", { roles: ["viewer"] }),
  ...["viewer", "editor"].map((name) => roleItem(name, "GET /a")),
  stampItem({
    pk: "ROUTES",
    sk: "0000",
    routes: [{ grant: "GET /a", permission: "a.read" }, { grant: "GET /b" }],
  }),
];

/** A table with a catalogue and the tenant acme of the files, and what imports and single changes need. */
export interface BulkTable extends TestTable {
  readonly options: StoreOptions;
  readonly store: TenantStore;
  /** Imports lines, each an object. */
  import(lines: readonly object[], options?: Partial<ImportOptions>): ReturnType<typeof importLines>;
  export(...tenants: string[]): Promise<string[]>;
  /** Returns the roles of a subject of main in a tenant. */
  roles(tenant: string, subject: string): Promise<string[]>;
  at(pk: string, sk: string): Promise<Item | undefined>;
}

export async function startBulkTable(): Promise<BulkTable> {
  const table = await startTable();
  for (const item of [...CATALOGUE, tenantItem("acme", { plan: "team" })]) await table.put(item);
  const options: StoreOptions = { client: table.client, table: TABLE, who: "tests" };
  const at = async (pk: string, sk: string) =>
    (await table.items()).find((item) => item["pk"] === pk && item["sk"] === sk);
  return Object.assign(table, {
    options,
    store: tenantStore(options),
    import: (lines: readonly object[], more: Partial<ImportOptions> = {}) =>
      importLines(options, readLines(lines.map((line) => JSON.stringify(line)).join("\n")), {
        ...{ dryRun: false, again: false, why: "test" },
        ...more,
      }),
    export: (...tenants: string[]) => readExport(options, tenants),
    at,
    async roles(tenant: string, subject: string) {
      const item = await at(`TENANT#${tenant}`, `MEMBER#main#${subject}`);
      const generations = await table.generations();
      if (item?.["generation"] !== generations[`TENANT#${tenant}`]) return [];
      return ((item?.["roles"] ?? []) as Item[]).map(({ role }) => String(role));
    },
  });
}

export const tenantLine = (id: string, more: object = {}) => ({ tenant: { id, plan: "team", ...more } });
export const memberLine = (tenant: string, subject: string, role = "editor", more: object = {}) => ({
  membership: { tenant, to: { subject, issuer: "main" }, role, ...more },
});

/** Writes lines into a file of a temporary folder, and returns its path. */
export function lineFile(lines: readonly object[] | string): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-import-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "lines.ndjson");
  writeFileSync(
    file,
    typeof lines === "string" ? lines : lines.map((line) => JSON.stringify(line)).join("\n"),
  );
  return file;
}
