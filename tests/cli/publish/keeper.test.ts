import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { handOver } from "../../../cli/handover/hand-over.ts";
import type { TerraformState } from "../../../cli/handover/terraform-state.ts";
import { History } from "../../../cli/publish/history.ts";
import { recordKeeper } from "../../../cli/publish/keeper.ts";
import { acquireLock } from "../../../cli/publish/lock.ts";
import { publishItems } from "../../../cli/publish/publish-items.ts";
import { readFileOwnedItems } from "../../../cli/table/read-table.ts";
import { stampItem } from "../../../core/policy-files/compile/permission-items.ts";
import { changesBetween } from "../../../core/policy-files/publish/steps.ts";
import { stampRuntime } from "../../../runtime/table/store.ts";
import { done, folder, OPTIONS, startTable, TABLE, type TestTable } from "./publish-table.ts";

let table: TestTable;
beforeEach(async () => {
  table = await startTable();
});
afterEach(() => {
  vi.unstubAllEnvs();
  return table.close();
});

const keeper = async () => (await new History(table.client, TABLE).read()).keeper;
const publish = (tenants = 2, options: Partial<typeof OPTIONS> = {}) =>
  publishItems(table.client, folder(tenants), { ...OPTIONS, ...options });

const MODULE = "module.portcullis.module.permissions";
const PROVIDER = 'provider["registry.terraform.io/hashicorp/aws"]';
const resource = (type: string, name: string, attributes: Readonly<Record<string, unknown>>) => ({
  ...{ module: MODULE, mode: "managed", type, name, provider: PROVIDER },
  instances: [{ schema_version: 0, attributes }],
});

/** Terraform with a state in memory, which accepts a state only with the next serial number. */
function fakeTerraform(...more: ReturnType<typeof resource>[]) {
  const api = { ...resource("aws_api_gateway_rest_api", "this", { id: "a1" }), module: "module.api" };
  let state: TerraformState = {
    version: 4,
    serial: 7,
    resources: [api, resource("aws_dynamodb_table", "this", { name: TABLE }), ...more],
  };
  const run = vi.fn(async (_program: string, args: readonly string[]) => {
    if (args[1] === "pull") return { status: 0, stdout: JSON.stringify(state) };
    const pushed = JSON.parse(readFileSync(args[2] ?? "", "utf8")) as TerraformState;
    if (pushed.serial <= state.serial) return { status: 1, stdout: "" };
    state = pushed;
    return { status: 0, stdout: "" };
  });
  const names = () =>
    state.resources.map(({ type, name, instances }) => `${type}.${name} ${instances.length}`).sort();
  return { run, names, state: () => state };
}

const handTo = (to: "publish" | "terraform", run: ReturnType<typeof fakeTerraform>["run"]) =>
  handOver(to, { client: table.client, table: TABLE, run });

describe("the keeper of a table's items", () => {
  it("is publish after the first publish to a table without a keeper", async () => {
    expect(await keeper()).toBeUndefined();
    done(await publish());
    expect(await keeper()).toBe("publish");
  });

  it("has nothing to publish after a publish, whatever the kinds of the items", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", table.endpoint);
    const wanted = [
      ...folder(1),
      ...[
        { pk: "DIRECTORY#pools#x1", sk: "DIRECTORY", tenant: "t000000" },
        { pk: "ISSUER#own", sk: "NAME", name: "own", partition: `ISSUER#${"a".repeat(64)}` },
      ].map(stampItem),
    ];
    done(await publishItems(table.client, wanted, OPTIONS));
    await table.put(stampRuntime({ pk: "DIRECTORY#pools#x2", sk: "DIRECTORY", tenant: "initech" }));
    expect(changesBetween(await readFileOwnedItems(TABLE), wanted)).toEqual({
      ...{ created: [], changed: [], removed: [], unchanged: wanted.length },
    });
  });

  it("stops publish if it is Terraform, before anything is written, also with force", async () => {
    await recordKeeper(table.client, TABLE, "terraform");
    for (const options of [{}, { force: true }, { dryRun: true }, { restores: true }])
      await expect(publish(2, options)).rejects.toThrow(
        "Terraform keeps the items of permissions that the policy files own, so nothing was written: deploy the change with npx portcullis deploy. To let publish keep them, run npx portcullis handover publish --table permissions first",
      );
    expect(await table.items()).toEqual([]);
  });

  it("stops publish if Terraform takes over between its read and its lock", async () => {
    done(await publish());
    table.script = async ({ name, input }) => {
      if (name !== "PutItemCommand" || !JSON.stringify(input).includes("LOCK")) return undefined;
      table.script = undefined;
      await recordKeeper(table.client, TABLE, "terraform");
      return undefined;
    };
    await expect(publish(3)).rejects.toThrow("handover publish");
    expect(await table.items()).toHaveLength(3);
  });
});

describe("a handover", () => {
  it("to publish removes the items from Terraform's state, and none from the table", async () => {
    await publish();
    await recordKeeper(table.client, TABLE, "terraform");
    const before = await table.items();
    const { run, names } = fakeTerraform(
      resource("aws_dynamodb_table_item", "catalogue", {}),
      resource("aws_dynamodb_table_item", "tenant", {}),
      resource("aws_dynamodb_table_item", "keeper", {}),
      resource("terraform_data", "generation", {}),
      resource("terraform_data", "keeper", {}),
    );
    table.sent.length = 0;
    await handTo("publish", run);
    expect(names()).toEqual([
      "aws_api_gateway_rest_api.this 1",
      "aws_dynamodb_table.this 1",
      "terraform_data.keeper 1",
    ]);
    expect(table.writes()).toEqual([]);
    expect(await table.items()).toEqual(before);
    expect(done(await publish(3)).outcome).toBe("published");
  });

  it("to Terraform stops publish first, and adds each item to the state as the table has it", async () => {
    await publish();
    const { run, names, state } = fakeTerraform(resource("terraform_data", "keeper", {}));
    table.sent.length = 0;
    await handTo("terraform", run);
    expect(table.writes()).toEqual([]);
    expect(names()).toEqual([
      "aws_api_gateway_rest_api.this 1",
      "aws_dynamodb_table.this 1",
      "aws_dynamodb_table_item.catalogue 1",
      "aws_dynamodb_table_item.keeper 1",
      "aws_dynamodb_table_item.tenant 2",
      "terraform_data.generation 2",
      "terraform_data.keeper 1",
    ]);
    const tenants = state().resources.find(({ name }) => name === "tenant")?.instances ?? [];
    expect(tenants.map(({ index_key, attributes }) => [index_key, attributes["id"]])).toEqual([
      ["TENANT#t000000/TENANT", "permissions|pk|TENANT#t000000|TENANT"],
      ["TENANT#t000001/TENANT", "permissions|pk|TENANT#t000001|TENANT"],
    ]);
    const generations = await table.generations();
    expect(JSON.parse(String(tenants[0]?.attributes["item"]))).toMatchObject({
      generation: { S: generations["TENANT#t000000"] },
    });
    await expect(publish(3)).rejects.toThrow("handover publish");
  });

  it("that failed can be repeated, and until then neither keeper writes", async () => {
    await publish();
    const { run } = fakeTerraform(resource("terraform_data", "keeper", {}));
    run.mockImplementationOnce(run.getMockImplementation() as never);
    run.mockImplementationOnce(async () => ({ status: 1, stdout: "" }));
    await expect(handTo("terraform", run)).rejects.toThrow("terraform state push ended with 1");
    await expect(publish(3)).rejects.toThrow("handover publish");
    await handTo("terraform", run);
    expect(await keeper()).toBe("terraform");
  });

  it("stops without the table in the state, without a state, and without terraform", async () => {
    const other = { client: table.client, table: "other", run: fakeTerraform().run };
    await expect(handOver("publish", other)).rejects.toThrow("has no table other");
    const fails = (status: number | "missing") => async () => ({ status, stdout: "" });
    const context = { client: table.client, table: TABLE };
    await expect(handOver("publish", { ...context, run: fails(1) })).rejects.toThrow("has no state");
    await expect(handOver("publish", { ...context, run: fails("missing") })).rejects.toThrow("no terraform");
  });

  it("stops while somebody publishes, after an interrupted publish, and with more than 500 tenants", async () => {
    done(await publish(501));
    const { run } = fakeTerraform();
    await expect(handTo("terraform", run)).rejects.toThrow("keeps at most 500");
    const lock = await acquireLock(table.client, TABLE, false);
    await expect(handTo("publish", run)).rejects.toThrow("has been publishing");
    await lock.release(false);
    await expect(handTo("publish", run)).rejects.toThrow("was interrupted");
    await expect(handTo("publish", run)).rejects.toThrow("was interrupted");
  });
});
