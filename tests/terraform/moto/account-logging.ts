import { deepStrictEqual as equal, ok, rejects } from "node:assert";
import { join } from "node:path";
import { GetAccountCommand } from "@aws-sdk/client-api-gateway";
import { ListAttachedRolePoliciesCommand } from "@aws-sdk/client-iam";
import type { Account } from "./support/account.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";
import { type Terraform, terraformIn } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";

/** Creates API Gateway's role for logs, as a team does once for an account and region. */
export async function createLogRole(
  { folder }: Workspace,
  moto: Moto,
  account: Account,
  report: Report,
): Promise<Terraform> {
  const terraform = terraformIn({ folder: join(folder, "modules/account-logging") }, moto, [], []);
  await terraform.init();
  await terraform.apply();
  await report.check("API Gateway's role for logs is set, and can write them", () => checkRole(account));
  return terraform;
}

/** Checks that nobody has replaced the role, and that Terraform does not destroy it. */
export async function keepLogRole(
  terraform: Terraform,
  moto: Moto,
  account: Account,
  report: Report,
): Promise<void> {
  await report.check("API Gateway's role for logs is set once, and is not destroyed", async () => {
    await rejects(terraform.destroy(), /cannot be destroyed|prevent_destroy/);
    await checkRole(account);
    equal(accountCalls(moto), ["PATCH /account"]);
    ok(
      !moto.calls().some(({ body }) => /Action=(DeleteRole|DetachRolePolicy)&.*api-gateway-logs/.test(body)),
    );
  });
}

/** Returns the calls that changed the account's settings. */
export const accountCalls = (moto: Moto): string[] =>
  moto.calls().flatMap(({ method, path }) => (path === "/account" ? [`${method} ${path}`] : []));

async function checkRole({ apiGateway, iam }: Account): Promise<void> {
  const { cloudwatchRoleArn } = await apiGateway.send(new GetAccountCommand({}));
  const RoleName = cloudwatchRoleArn?.split("/").at(-1) ?? "";
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  equal(
    AttachedPolicies.map(({ PolicyName }) => PolicyName),
    ["AmazonAPIGatewayPushToCloudWatchLogs"],
  );
}
