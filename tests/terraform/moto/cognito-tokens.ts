import { deepStrictEqual as equal, ok } from "node:assert";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  AdminDisableUserCommand,
  AdminGetUserCommand,
  AdminListGroupsForUserCommand,
  CreateUserPoolClientCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { decodeJwt } from "jose";
import { loadPolicyFolder } from "../../../cli/shared/policy-folder.ts";
import { marshallItem } from "../../../core/model/dynamodb-json.ts";
import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import type { TokenEvent } from "../../../lambdas/token-trigger/with-claims.ts";
import { createFunction } from "../../../local/lambda/function.ts";
import { tenantStore } from "../../../runtime/table/tenant-store.ts";
import { accessClaims, tokenEvent } from "../../support/cognito.ts";
import type { Deployed } from "./deployed.ts";
import { type DeployedFront, lambdaVariables, startDeployed } from "./deployed-front.ts";
import type { Account } from "./support/account.ts";
import type { CommandResult } from "./support/command.ts";
import type { Moto } from "./support/moto.ts";
import type { Report } from "./support/report.ts";

const ANN = "ann@acme.example";
const PASSWORD = "a Sesame 4 tests";
const FUNCTION = "portcullis-cognito-token-claims";
const READ = { method: "GET", path: "/notes" } as const;
const WRITE = { method: "POST", path: "/notes" } as const;
const DELETE = { method: "DELETE", path: "/notes/42" } as const;

/** One deployment with a user pool, and what its checks need. */
interface Scene {
  readonly deployed: Deployed;
  readonly account: Account;
  readonly moto: Moto;
  readonly report: Report;
}

/** Signs in to the pool and calls the API with what came back: moto's tokens, and these with the trigger's answer. */
export async function useTokens(
  deployed: Deployed,
  account: Account,
  moto: Moto,
  report: Report,
): Promise<void> {
  const scene: Scene = { deployed, account, moto, report };
  await refuseProduction(scene);
  let token = "";
  await report.check("login makes a user with tenant and group, and prints the token alone", async () => {
    token = (await loggedIn(scene, "--create", "--tenant", "acme", "--role", "writer")).trim();
    equal(decodeJwt(token)["cognito:groups"], ["writer"]);
  });
  await askWithoutTrigger(scene, token);
  await askWithTrigger(scene, token);
  await askWithIdToken(scene);
  await report.check("a disabled user is not signed in, and is told so", async () => {
    const { outputs } = deployed;
    await account.cognito.send(
      new AdminDisableUserCommand({ UserPoolId: outputs.user_pool_id, Username: ANN }),
    );
    const { status, stdout, stderr } = await login(scene, ["--user", ANN]);
    equal([status, stdout], [1, ""]);
    ok(stderr.includes(`The pool does not sign ${ANN} in: User is disabled`), stderr);
  });
}

function login(
  { deployed: { workspace, outputs }, moto }: Scene,
  args: readonly string[],
): Promise<CommandResult> {
  return workspace.run("login", args, {
    ...moto.environment,
    USER_POOL_ID: outputs.user_pool_id,
    USER_POOL_CLIENT_ID: outputs.user_pool_client_id,
    PORTCULLIS_PASSWORD: PASSWORD,
  });
}

async function loggedIn(scene: Scene, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await login(scene, ["--user", ANN, ...args]);
  equal([status, stderr], [0, ""]);
  return stdout;
}

async function refuseProduction(scene: Scene): Promise<void> {
  const { deployed, account, report } = scene;
  await report.check("login refuses a pool for production before it makes anybody", async () => {
    const UserPoolId = deployed.outputs.user_pool_id;
    const { UserPoolClient } = await account.cognito.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: "production",
        ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH"],
      }),
    );
    const client = UserPoolClient?.ClientId ?? "";
    const { status, stderr } = await login(scene, ["--user", ANN, "--create", "--client", client]);
    equal(status, 1);
    ok(stderr.includes("password_login = true"), stderr);
    const found = account.cognito.send(new AdminGetUserCommand({ UserPoolId, Username: ANN }));
    equal(await found.catch(({ name }: Error) => name), "UserNotFoundException");
  });
}

/** The API with the pool's own keys. */
async function withPoolKeys(
  { deployed, account, moto }: Scene,
  use: (apiType: DeployedFront) => Promise<void>,
): Promise<void> {
  const cognito = `${moto.endpoint}/${deployed.outputs.user_pool_id ?? ""}/.well-known/jwks.json`;
  const apiType = await startDeployed(deployed, account, moto, { keysAt: { cognito } });
  await use(apiType).finally(() => apiType.close());
}

/** moto runs no trigger: what it signs has groups and no tenant, as on AWS where no trigger is set. */
async function askWithoutTrigger(scene: Scene, token: string): Promise<void> {
  await withPoolKeys(scene, async (apiType) => {
    await scene.report.check(
      "deployed: a token that the pool signed holds, and without tenant lets nobody in",
      async () => {
        const { status, reason } = await apiType.ask({ ...READ, token });
        equal({ status, reason }, { status: 403, reason: "no_tenant" });
      },
    );
    await scene.report.check("deployed: the pool's token with one claim changed is refused", async () => {
      const [header = "", , signature = ""] = token.split(".");
      const claims = { ...decodeJwt(token), "custom:tenant": "acme" };
      const forged = [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
      equal((await apiType.ask({ ...READ, token: forged })).status, 401);
    });
  });
}

/** The deployed trigger is asked about the user as the pool knows it, and its answer put into the pool's token. */
async function askWithTrigger(scene: Scene, token: string): Promise<void> {
  const { deployed, account, moto, report } = scene;
  const { sub = "" } = decodeJwt(token);
  const store = tenantStore({ client: account.dynamodb, table: deployed.outputs.table_name, who: "test" });
  await store.putMembership({ tenant: "acme", to: { subject: sub }, role: "reader" }, "a test");
  const apiType = await startDeployed(deployed, account, moto);
  const sign = (claims: Readonly<Record<string, unknown>>): Promise<string> =>
    apiType.provider("cognito").mint({ claims: { ...decodeJwt(token), ...claims } });
  try {
    let signed = "";
    await report.check("the deployed trigger gives the user's token tenant and roles", async () => {
      const claims = accessClaims(await runTrigger(scene));
      equal([claims["custom:tenant"], claims["cognito:groups"]], ["acme", ["reader", "writer"]]);
      signed = await sign(claims);
    });
    await report.check("deployed: that token does what its roles grant, and nothing else", async () => {
      const { status, caller } = await apiType.ask({ ...WRITE, token: signed });
      equal([status, caller?.["tenantId"], caller?.["roles"]], [200, "acme", ["reader", "writer"]]);
      const refused = await apiType.ask({ ...DELETE, token: signed });
      equal([refused.status, refused.reason], [403, "route_not_granted"]);
    });
  } finally {
    await apiType.close();
  }
}

/** @throws Error where the deployed function is not the build's, or fails */
async function runTrigger({ deployed, account, moto }: Scene): Promise<TokenEvent> {
  const { workspace } = deployed;
  const found = await account.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: FUNCTION }));
  const zip = readFileSync(`${workspace.folder}/build/token-claims.zip`);
  equal(found.CodeSha256, createHash("sha256").update(zip).digest("base64"));
  const environment = { ...found.Environment?.Variables, ...lambdaVariables(moto) };
  const trigger = createFunction({ name: FUNCTION, zip, environment, timeoutMs: 5_000 });
  const answer = await trigger.invoke(await eventOf(deployed, account)).finally(() => trigger.close());
  if (!answer.ok) throw new Error(answer.error.errorMessage);
  return answer.payload as TokenEvent;
}

async function eventOf({ outputs }: Deployed, { cognito }: Account): Promise<TokenEvent> {
  const user = { UserPoolId: outputs.user_pool_id, Username: ANN };
  const { UserAttributes = [] } = await cognito.send(new AdminGetUserCommand(user));
  const { Groups = [] } = await cognito.send(new AdminListGroupsForUserCommand(user));
  const attribute = (name: string): string => UserAttributes.find(({ Name }) => Name === name)?.Value ?? "";
  return tokenEvent({
    sub: attribute("sub"),
    tenant: attribute("custom:tenant"),
    groups: Groups.map(({ GroupName = "" }) => GroupName),
  });
}

/** ID tokens have the tenant without a trigger: moto's are taken as they are, once the files say `token: id`. */
async function askWithIdToken(scene: Scene): Promise<void> {
  const { deployed, account, report } = scene;
  await publishIdTokens(deployed, account);
  const token = (await loggedIn(scene, "--token", "id")).trim();
  await withPoolKeys(scene, async (apiType) => {
    await report.check(
      "deployed: the pool's own ID token does what its groups grant, where these are trusted",
      async () => {
        const { status, caller } = await apiType.ask({ ...WRITE, token });
        equal([status, caller?.["tenantId"], caller?.["roles"]], [200, "acme", ["reader", "writer"]]);
        equal((await apiType.ask({ ...DELETE, token })).status, 403);
      },
    );
    await report.check("deployed: an access token is then refused", async () => {
      const access = (await loggedIn(scene)).trim();
      equal((await apiType.ask({ ...READ, token: access })).status, 401);
    });
  });
  await report.check("deployed: a revoked user's token is refused before it ends", async () => {
    const { sub = "" } = decodeJwt(token);
    const store = tenantStore({ client: account.dynamodb, table: deployed.outputs.table_name, who: "test" });
    const until = Math.floor(Date.now() / 1_000) + 3_600;
    await store.revoke({ tenant: "acme", what: { subject: sub }, until }, "a test");
    await withPoolKeys(scene, async (apiType) => {
      const { status, reason } = await apiType.ask({ ...WRITE, token });
      equal({ status, reason }, { status: 403, reason: "revoked" });
    });
  });
}

/** As `publish` would, after an edit of `issuers.yaml`. */
async function publishIdTokens(
  { workspace, outputs, environment }: Deployed,
  { dynamodb }: Account,
): Promise<void> {
  const file = "examples/cognito/policies/issuers.yaml";
  workspace.edit(file, "preset: cognito\n", "preset: cognito\n  token: id\n");
  const { policies } = loadPolicyFolder(`${workspace.folder}/examples/cognito/policies`, environment);
  workspace.edit(file, "preset: cognito\n  token: id\n", "preset: cognito\n");
  const item = policies && permissionItems(policies).find(({ sk }) => sk === "ISSUER#cognito");
  if (item === undefined) throw new Error("The files have no issuer cognito");
  await dynamodb.send(new PutItemCommand({ TableName: outputs.table_name, Item: marshallItem(item) }));
}
