import { deepStrictEqual as equal, ok } from "node:assert";
import { GetAliasCommand } from "@aws-sdk/client-lambda";
import { mint } from "../../end-to-end/tokens.ts";
import { type Deployed, readDeployed } from "./deployed.ts";
import { type DeployedFront, startDeployed } from "./deployed-front.ts";
import { examineDeployment } from "./doctor.ts";
import { askCases } from "./end-to-end.ts";
import { readBack } from "./read-back.ts";
import { checkDefinition } from "./read-definition.ts";
import { checkItems, RUNTIME_TENANT, signUp } from "./read-items.ts";
import { readMonitoring } from "./read-monitoring.ts";
import type { Account } from "./support/account.ts";
import { type Environment, VALUES, writeValues } from "./support/environment.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { type Change, type Terraform, terraformFor, within } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";

/** The tenant file that is edited, and the grant that leaves with it. */
const EDIT = {
  file: "policies/tenants/acme.yaml",
  from: "allow: [reports.read, invoices.read]",
  to: "allow: [reports.read]",
  grant: "GET /invoices/{invoiceId}",
  address: 'module.permissions.aws_dynamodb_table_item.tenant["TENANT#acme/TENANT"]',
} as const;
const INVOICE = { method: "GET", path: "/invoices/7" } as const;

/** `dev.tfvars`, with the sample backend for the one backend and a URL for the other. */
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
  report.count("dev is applied from an empty account");
  return {
    destroy: () => terraform.destroy(),
    async use() {
      const deployed = await readDeployed(workspace, terraform, "dev");
      await inspect(deployed, account, report);
      await readMonitoring(deployed, account, moto, report);
      await report.check(
        "a second plan is empty, a tenant of its own beside the files' notwithstanding",
        async () => {
          const { changes, told } = await terraform.plan();
          ok(!changes, told);
        },
      );
      const apiType = await startDeployed(deployed, account, moto);
      try {
        await askCases(apiType, deployed.outputs.caching_mode, report);
        await askRuntimeTenant(apiType, report);
        await editTenant(deployed, terraform, apiType, report);
        await examineDeployment({ deployed, terraform, front: apiType, account, moto }, report);
      } finally {
        await apiType.close();
      }
      await report.check(
        "after the edit, too, the table is as compiled, and the tenant of its own untouched",
        () => checkItems(deployed, account, [RUNTIME_TENANT]),
      );
    },
  };
}

async function inspect(deployed: Deployed, account: Account, report: Report): Promise<void> {
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
  await report.check("backends without a value are told", () =>
    equal(deployed.outputs.sampled_backends, ["docs"]),
  );
}

async function askRuntimeTenant(apiType: DeployedFront, report: Report): Promise<void> {
  await report.check("deployed: a tenant that signed up by itself is let in", async () => {
    const token = await mint({ tenants: ["walk-in"], roles: ["viewer"] }, (issuer) =>
      apiType.provider(issuer),
    );
    equal((await apiType.ask({ method: "GET", path: "/documents", token })).status, 200);
  });
}

async function editTenant(
  { workspace, outputs }: Deployed,
  terraform: Terraform,
  apiType: DeployedFront,
  report: Report,
): Promise<void> {
  const token = await mint({ tenants: ["acme"], roles: ["auditor"] }, (issuer) => apiType.provider(issuer));
  await report.check("deployed: a grant lets its holder in", async () =>
    equal((await apiType.ask({ ...INVOICE, token })).status, 200),
  );
  workspace.edit(EDIT.file, EDIT.from, EDIT.to);
  await report.check(
    "a plan over a stale build ends with the file's name and the command to run",
    async () => {
      const told = await terraform.failingPlan();
      ok(told.includes("tenants/acme.yaml") && told.includes("npx portcullis build"), told);
    },
  );
  await workspace.build();
  await report.check(
    "an edit of a tenant's file plans this tenant's item, and the grant that leaves",
    async () => {
      await terraform.plan("-out=edit.tfplan");
      checkEdit(await terraform.changes("edit.tfplan"));
    },
  );
  await terraform.apply("edit.tfplan");
  await report.check(
    `deployed: the edit flips the decision within ${outputs.staleness_seconds} s, for a token that was cached too`,
    () =>
      within(
        outputs.staleness_seconds,
        async () => (await apiType.ask({ ...INVOICE, token })).status === 403,
      ),
  );
}

function checkEdit(changes: readonly Change[]): void {
  equal(
    changes.map(({ address, change }) => [address, change.actions]),
    [[EDIT.address, ["update"]]],
  );
  const [{ change } = {}] = changes as readonly [Change?];
  const [before, after] = [change?.before, change?.after].map((side) => linesOf(String(side?.["item"])));
  equal(
    before?.filter((line) => !after?.includes(line) && !line.startsWith("hash ")),
    [`roles.auditor.grants ${EDIT.grant}`],
  );
  equal(
    after?.filter((line) => !before?.includes(line) && !line.startsWith("hash ")),
    [],
  );
}

/** Each text of an item with the names that lead to it; DynamoDB's types and places in lists left out. */
function linesOf(item: string): string[] {
  const walk = (value: unknown, path: readonly string[]): string[] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([name, inner]) =>
          walk(inner, /^([A-Z]+|\d+)$/.test(name) ? path : [...path, name]),
        )
      : [`${path.join(".")} ${String(value)}`];
  return walk(JSON.parse(item), []);
}
