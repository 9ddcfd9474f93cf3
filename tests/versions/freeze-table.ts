import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { createEmbeddedTable, createTable, seedTable, TABLE_NAME } from "../../local/table/table.ts";
import { type TenantStore, tenantStore } from "../../runtime/table/tenant-store.ts";
import { listen, stop } from "../end-to-end/issuers.ts";
import { functionEnvironment } from "../end-to-end/target-lambda.ts";
import { buildOf } from "../support/compiled.ts";

/** The place of the origin in a frozen environment. */
export const ORIGIN = "{origin}";

/** A time at which nothing frozen has ended: 2100-01-01. */
const LATER = 4_102_444_800;

export interface FrozenTable {
  readonly environment: Readonly<Record<string, string>>;
  readonly items: readonly Item[];
}

/** Loads a policy folder for the environment `dev`. */
export function loadPolicies(folder: string): PolicySet {
  const { policies, problems } = loadPolicyFolder(folder, "dev");
  if (policies === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  return policies;
}

/** Writes the items of a policy folder and those of run time into a table. Returns all of them. */
export async function freezeTable(folder: string): Promise<FrozenTable> {
  const policies = loadPolicies(folder);
  const { compiled, items } = buildOf(policies);
  const table = createEmbeddedTable();
  const { server, origin } = await listen(table.handle);
  const client = new DynamoDBClient({
    endpoint: origin,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  try {
    await createTable(client, TABLE_NAME);
    await seedTable(client, TABLE_NAME, items);
    await changeAtRunTime(tenantStore({ client, table: TABLE_NAME, who: "freeze" }));
    return {
      environment: functionEnvironment(ORIGIN, policies, compiled.mode),
      items: await readAll(client),
    };
  } finally {
    client.destroy();
    await stop(server);
  }
}

/** Makes each kind of change that the library has. */
async function changeAtRunTime(store: TenantStore): Promise<void> {
  const why = "frozen";
  const issuer = "main";
  await store.putTenant({ id: "umbrella", name: "Umbrella", plan: "team", issuers: [issuer] }, why);
  await store.putTenant({ id: "stark", plan: "free" }, why);
  await store.suspendTenant("stark", why);
  const roles = { archivist: { extends: ["viewer"], allow: ["documents.write"] } };
  await store.putTenant({ id: "cyberdyne", plan: "team", never: ["documents.search"], roles }, why);
  await store.putMembership({ tenant: "umbrella", to: { subject: "uma", issuer }, role: "editor" }, why);
  await store.putMembership({ tenant: "globex", to: { subject: "gus", issuer }, role: "admin" }, why);
  await store.putMembership({ tenant: "globex", to: { client: "batch", issuer }, role: "viewer" }, why);
  await store.revoke({ tenant: "acme", what: { subject: "rita", issuer }, until: LATER }, why);
  await store.revoke({ tenant: "acme", what: { token: "stolen" }, until: LATER }, why);
  await store.revoke({ tenant: "acme", what: { client: "quill-stolen", issuer }, until: LATER }, why);
  await store.revoke({ tenant: "*", what: { client: "quill-malware", issuer }, until: LATER }, why);
  await store.denyKey({ issuer: "acme-okta", kid: "leaked" }, why);
}

async function readAll(client: DynamoDBClient): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: TABLE_NAME }))
    items.push(...Items.map((item) => unmarshallItem(item)));
  return items;
}
