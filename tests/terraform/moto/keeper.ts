import { deepStrictEqual as equal, ok } from "node:assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { paginateScan } from "@aws-sdk/client-dynamodb";
import { type Account, openAccount } from "./support/account.ts";
import { type CallLog, startCallLog } from "./support/call-log.ts";
import { type CommandResult, runCommand } from "./support/command.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { type Terraform, terraformIn } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";

const TABLE = "kept-dev-permissions";
const keeper = (name: string): string[] => ["-var", `keeper=${name}`];
const ROLE = "description: Reads reports\nallow: [reports.read]\n";

/** Hands the items of a table over from Terraform to publish and back. */
export async function checkKeeper(workspace: Workspace, moto: Moto, report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-keeper-"));
  const [log, account] = [await startCallLog(moto), openAccount(moto)];
  try {
    writeFileSync(join(folder, "main.tf"), mainFile(workspace));
    const terraform = terraformIn({ folder }, log.moto, [], []);
    await terraform.init();
    await terraform.apply(...keeper("terraform"));
    const run = (verb: string, ...args: string[]): Promise<CommandResult> =>
      runCommand(
        process.execPath,
        [join(workspace.folder, "bin/portcullis.mjs"), verb, ...args, "--table", TABLE],
        { cwd: folder, env: log.moto.environment, timeout: 120 },
      );
    await checkHandovers({ workspace, terraform, account, log, run, report });
    await report.check("keeper: the table is destroyed", () => terraform.destroy());
  } finally {
    account.close();
    await log.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface KeeperContext {
  readonly workspace: Workspace;
  readonly terraform: Terraform;
  readonly account: Account;
  readonly log: CallLog;
  readonly run: (verb: string, ...args: string[]) => Promise<CommandResult>;
  readonly report: Report;
}

async function checkHandovers(context: KeeperContext): Promise<void> {
  const { workspace, terraform, account, log, run, report } = context;
  const publish = (): Promise<CommandResult> =>
    run("publish", "--settle", "0", "--policies", join(workspace.folder, "policies"));
  const handOver = async (to: string): Promise<void> => {
    const before = await readAll(account);
    log.calls.length = 0;
    const { status, stderr } = await run("handover", to);
    equal([status, stderr], [0, ""]);
    equal(fileItemWrites(log), []);
    equal(await readAll(account), before);
  };
  await report.check("keeper: with Terraform, publish stops with the command that hands over", async () => {
    const { status, stderr } = await publish();
    ok(status === 1 && stderr.includes(`npx portcullis handover publish --table ${TABLE}`), stderr);
  });
  await report.check("keeper: a change of the input alone has no plan", async () => {
    const output = await terraform.failingPlan(...keeper("publish"));
    ok(output.includes(`npx portcullis handover publish --table ${TABLE}`), output);
  });
  await report.check(
    "keeper: a handover to publish changes no item, and leaves none in the state",
    async () => {
      await handOver("publish");
      const types = (await terraform.resources()).map(({ type }) => type);
      equal(types.sort(), ["aws_dynamodb_table", "terraform_data"]);
      await terraform.apply(...keeper("publish"));
      equal(fileItemWrites(log), []);
      const second = await terraform.plan(...keeper("publish"));
      ok(!second.changes, second.output);
    },
  );
  await report.check("keeper: then Terraform stops, and publish writes a new role and tenant", async () => {
    const output = await terraform.failingPlan(...keeper("terraform"));
    ok(output.includes(`npx portcullis handover terraform --table ${TABLE}`), output);
    workspace.write("policies/roles/reporter.yaml", ROLE);
    workspace.write("policies/tenants/newcomer.yaml", "name: Newcomer\nplan: team\n");
    const { status, stderr } = await publish();
    equal(status, 0, stderr);
  });
  await report.check(
    "keeper: a handover back to Terraform changes no item, and its plan is empty",
    async () => {
      await handOver("terraform");
      await workspace.build();
      const { changes, output } = await terraform.plan(...keeper("terraform"));
      ok(!changes, output);
      equal((await publish()).status, 1);
    },
  );
}

const mainFile = ({ folder }: Workspace): string => `
variable "keeper" { default = "terraform" }
module "permissions" {
  source      = "${folder}/modules/permissions"
  name        = "kept-dev"
  items       = jsondecode(file("${folder}/build/permissions/dev.dynamodb.json"))
  permissions = { keeper = var.keeper, deletion_protection = false }
}
`;

/** Returns the calls that wrote or deleted what a decision reads. */
const fileItemWrites = ({ calls }: CallLog): string[] =>
  calls
    .filter(
      ({ operation, body }) =>
        /^(Put|Delete|Update|BatchWrite|TransactWrite)Items?$/.test(operation) &&
        /"(CATALOGUE|TENANT#[^"]*)"/.test(body),
    )
    .map(({ operation, body }) => `${operation} ${body}`);

/** Reads the items that a decision reads, in the order of their keys. */
async function readAll({ dynamodb }: Account): Promise<string[]> {
  const items: string[] = [];
  for await (const page of paginateScan({ client: dynamodb }, { TableName: TABLE }))
    for (const item of page.Items ?? [])
      if (item["pk"]?.S !== "HISTORY") items.push(JSON.stringify(Object.entries(item).sort()));
  return items.sort();
}
