import { deepStrictEqual as equal, ok } from "node:assert";
import { GetAliasCommand } from "@aws-sdk/client-lambda";
import { mint } from "../../end-to-end/tokens.ts";
import { type Deployed, readDeployed } from "./deployed.ts";
import { type DeployedApi, startDeployed } from "./deployed-api.ts";
import { checkDoctor } from "./doctor.ts";
import { checkCases } from "./end-to-end.ts";
import { readBack } from "./read-back.ts";
import { checkDefinition } from "./read-definition.ts";
import { checkItems, RUNTIME_TENANT, signUp } from "./read-items.ts";
import { readMonitoring } from "./read-monitoring.ts";
import type { Account } from "./support/account.ts";
import { type Environment, VALUES, writeValues } from "./support/environment.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { type Change, type Terraform, terraformFor, waitUntil } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";

/** An edit of a tenant file, and the grant that it removes. */
const EDIT = {
  file: "policies/tenants/acme.yaml",
  from: "allow: [reports.read, invoices.read]",
  to: "allow: [reports.read]",
  grant: "GET /invoices/{invoiceId}",
  address: 'module.permissions.aws_dynamodb_table_item.tenant["TENANT#acme/TENANT"]',
} as const;
const INVOICE = { method: "GET", path: "/invoices/7" } as const;

/** Deploys `dev.tfvars`, with the sample backend for one backend and a URL for the other. */
export async function deployDev(
  workspace: Workspace,
  moto: Moto,
  account: Account,
  report: Report,
): Promise<Environment> {
  const terraform = terraformFor(workspace, moto, "dev", VALUES);
  const backends = { billing: { url: "https://billing.dev.quill.example/v1" } };
  writeValues(workspace, "dev", backends, { monitoring: { saved_queries: false } });
  await terraform.init();
  await terraform.apply();
  report.count("dev is applied to an empty account");
  return {
    destroy: () => terraform.destroy(),
    async check() {
      const deployed = await readDeployed(workspace, terraform, "dev");
      await checkDeployment(deployed, account, report);
      await readMonitoring(deployed, account, moto, report);
      await report.check("a second plan is empty, although the table has a run-time tenant", async () => {
        const { changes, output } = await terraform.plan();
        ok(!changes, output);
      });
      const api = await startDeployed(deployed, account, moto);
      try {
        await checkCases(api, deployed.outputs.caching_mode, report);
        await checkRuntimeTenant(api, report);
        await editTenant(deployed, terraform, api, report);
        await checkDoctor({ deployed, terraform, api, account, moto }, report);
      } finally {
        await api.close();
      }
      await report.check(
        "after the edit the table has the compiled permissions and the unchanged run-time tenant",
        () => checkItems(deployed, account, [RUNTIME_TENANT]),
      );
    },
  };
}

async function checkDeployment(deployed: Deployed, account: Account, report: Report): Promise<void> {
  const { function: FunctionName, alias: Name } = deployed.outputs.authorizer;
  const { AliasArn = "" } = await account.lambda.send(new GetAliasCommand({ FunctionName, Name }));
  const region = AliasArn.split(":")[3] ?? "";
  await checkDefinition(
    deployed,
    `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${AliasArn}/invocations`,
    report,
  );
  await readBack(deployed, account, report);
  await report.check("the table has the compiled permissions, and nothing else", () =>
    checkItems(deployed, account, []),
  );
  await signUp(deployed, account);
  await report.check("an output has the backends without a value", () =>
    equal(deployed.outputs.sampled_backends, ["docs"]),
  );
}

async function checkRuntimeTenant(api: DeployedApi, report: Report): Promise<void> {
  await report.check("deployed: a request of a tenant that signed up at run time is allowed", async () => {
    const token = await mint({ tenants: ["walk-in"], roles: ["viewer"] }, (issuer) => api.provider(issuer));
    equal((await api.send({ method: "GET", path: "/documents", token })).status, 200);
  });
}

async function editTenant(
  { workspace, outputs }: Deployed,
  terraform: Terraform,
  api: DeployedApi,
  report: Report,
): Promise<void> {
  const token = await mint({ tenants: ["acme"], roles: ["auditor"] }, (issuer) => api.provider(issuer));
  await report.check("deployed: a granted request is allowed", async () =>
    equal((await api.send({ ...INVOICE, token })).status, 200),
  );
  workspace.edit(EDIT.file, EDIT.from, EDIT.to);
  await report.check(
    "a plan with a stale build fails, and prints the file's name and the command to run",
    async () => {
      const output = await terraform.failingPlan();
      ok(output.includes("tenants/acme.yaml") && output.includes("npx portcullis build"), output);
    },
  );
  await workspace.build();
  await report.check(
    "an edit of a tenant file changes only this tenant's item, and the plan shows the removed grant",
    async () => {
      await terraform.plan("-out=edit.tfplan");
      checkEdit(await terraform.changes("edit.tfplan"));
    },
  );
  await terraform.apply("edit.tfplan");
  await report.check(
    `deployed: the edit changes the decision within ${outputs.staleness_seconds} s, also for a cached token`,
    () =>
      waitUntil(
        outputs.staleness_seconds,
        async () => (await api.send({ ...INVOICE, token })).status === 403,
      ),
  );
}

function checkEdit(changes: readonly Change[]): void {
  equal(
    changes.map(({ address, change }) => [address, change.actions]),
    [[EDIT.address, ["update"]]],
  );
  const [{ change } = {}] = changes as readonly [Change?];
  const [before, after] = [change?.before, change?.after].map((side) => itemLines(String(side?.["item"])));
  equal(
    before?.filter((line) => !after?.includes(line) && !line.startsWith("hash ")),
    [`roles.auditor.grants ${EDIT.grant}`],
  );
  equal(
    after?.filter((line) => !before?.includes(line) && !line.startsWith("hash ")),
    [],
  );
}

/** Returns each value of an item with its path, without DynamoDB's types and list indexes. */
function itemLines(item: string): string[] {
  const walk = (value: unknown, path: readonly string[]): string[] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([name, inner]) =>
          walk(inner, /^([A-Z]+|\d+)$/.test(name) ? path : [...path, name]),
        )
      : [`${path.join(".")} ${String(value)}`];
  return walk(JSON.parse(item), []);
}
