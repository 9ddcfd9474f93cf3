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
import { type DeployedApi, lambdaVariables, startDeployed } from "./deployed-api.ts";
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

/** A deployment with a user pool, and what its checks need. */
interface PoolContext {
  readonly deployed: Deployed;
  readonly account: Account;
  readonly moto: Moto;
  readonly report: Report;
}

/** Signs in to the pool, and calls the API with moto's tokens: as they are, and with the trigger's claims. */
export async function checkTokens(
  deployed: Deployed,
  account: Account,
  moto: Moto,
  report: Report,
): Promise<void> {
  const context: PoolContext = { deployed, account, moto, report };
  await checkProductionClient(context);
  let token = "";
  await report.check("login creates a user with tenant and group, and prints only the token", async () => {
    token = (await signIn(context, "--create", "--tenant", "acme", "--role", "writer")).trim();
    equal(decodeJwt(token)["cognito:groups"], ["writer"]);
  });
  await checkWithoutTrigger(context, token);
  await checkWithTrigger(context, token);
  await checkIdToken(context);
  await report.check("a disabled user cannot sign in, and gets an error message", async () => {
    const { outputs } = deployed;
    await account.cognito.send(
      new AdminDisableUserCommand({ UserPoolId: outputs.user_pool_id, Username: ANN }),
    );
    const { status, stdout, stderr } = await login(context, ["--user", ANN]);
    equal([status, stdout], [1, ""]);
    ok(stderr.includes(`The pool does not sign ${ANN} in: User is disabled`), stderr);
  });
}

function login(
  { deployed: { workspace, outputs }, moto }: PoolContext,
  args: readonly string[],
): Promise<CommandResult> {
  return workspace.run("login", args, {
    ...moto.environment,
    USER_POOL_ID: outputs.user_pool_id,
    USER_POOL_CLIENT_ID: outputs.user_pool_client_id,
    PORTCULLIS_PASSWORD: PASSWORD,
  });
}

/** Signs in. Returns the token that `login` prints. */
async function signIn(context: PoolContext, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await login(context, ["--user", ANN, ...args]);
  equal([status, stderr], [0, ""]);
  return stdout;
}

async function checkProductionClient(context: PoolContext): Promise<void> {
  const { deployed, account, report } = context;
  await report.check("login rejects a client for production before it creates a user", async () => {
    const UserPoolId = deployed.outputs.user_pool_id;
    const { UserPoolClient } = await account.cognito.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: "production",
        ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH"],
      }),
    );
    const client = UserPoolClient?.ClientId ?? "";
    const { status, stderr } = await login(context, ["--user", ANN, "--create", "--client", client]);
    equal(status, 1);
    ok(stderr.includes("password_login = true"), stderr);
    const found = account.cognito.send(new AdminGetUserCommand({ UserPoolId, Username: ANN }));
    equal(await found.catch(({ name }: Error) => name), "UserNotFoundException");
  });
}

/** Runs the API with the pool's own keys. */
async function withPoolKeys(
  { deployed, account, moto }: PoolContext,
  use: (api: DeployedApi) => Promise<void>,
): Promise<void> {
  const cognito = `${moto.endpoint}/${deployed.outputs.user_pool_id ?? ""}/.well-known/jwks.json`;
  const api = await startDeployed(deployed, account, moto, { keyUrls: { cognito } });
  await use(api).finally(() => api.close());
}

/** Checks moto's own tokens. moto runs no trigger, so they have groups and no tenant, as on AWS without a trigger. */
async function checkWithoutTrigger(context: PoolContext, token: string): Promise<void> {
  await withPoolKeys(context, async (api) => {
    await context.report.check(
      "deployed: a token of the pool is valid, and without a tenant its requests are denied",
      async () => {
        const { status, reason } = await api.send({ ...READ, token });
        equal({ status, reason }, { status: 403, reason: "no_tenant" });
      },
    );
    await context.report.check("deployed: the pool's token with a changed claim gets a 401", async () => {
      const [header = "", , signature = ""] = token.split(".");
      const claims = { ...decodeJwt(token), "custom:tenant": "acme" };
      const forged = [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
      equal((await api.send({ ...READ, token: forged })).status, 401);
    });
  });
}

/** Runs the deployed trigger with the user's data from the pool, and puts its claims into the pool's token. */
async function checkWithTrigger(context: PoolContext, token: string): Promise<void> {
  const { deployed, account, moto, report } = context;
  const { sub = "" } = decodeJwt(token);
  const store = tenantStore({ client: account.dynamodb, table: deployed.outputs.table_name, who: "test" });
  await store.putMembership({ tenant: "acme", to: { subject: sub }, role: "reader" }, "a test");
  const api = await startDeployed(deployed, account, moto);
  const sign = (claims: Readonly<Record<string, unknown>>): Promise<string> =>
    api.provider("cognito").mint({ claims: { ...decodeJwt(token), ...claims } });
  try {
    let signed = "";
    await report.check("the deployed trigger adds tenant and roles to the user's token", async () => {
      const claims = accessClaims(await runTrigger(context));
      equal([claims["custom:tenant"], claims["cognito:groups"]], ["acme", ["reader", "writer"]]);
      signed = await sign(claims);
    });
    await report.check("deployed: this token has the access of its roles, and no other", async () => {
      const { status, caller } = await api.send({ ...WRITE, token: signed });
      equal([status, caller?.["tenantId"], caller?.["roles"]], [200, "acme", ["reader", "writer"]]);
      const denied = await api.send({ ...DELETE, token: signed });
      equal([denied.status, denied.reason], [403, "route_not_granted"]);
    });
  } finally {
    await api.close();
  }
}

/** Runs the deployed trigger. @throws Error if its code is not the build's, or if it fails */
async function runTrigger({ deployed, account, moto }: PoolContext): Promise<TokenEvent> {
  const { workspace } = deployed;
  const found = await account.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: FUNCTION }));
  const zip = readFileSync(`${workspace.folder}/build/token-claims.zip`);
  equal(found.CodeSha256, createHash("sha256").update(zip).digest("base64"));
  const environment = { ...found.Environment?.Variables, ...lambdaVariables(moto) };
  const trigger = createFunction({ name: FUNCTION, zip, environment, timeoutMs: 5_000 });
  const result = await trigger.invoke(await buildEvent(deployed, account)).finally(() => trigger.close());
  if (!result.ok) throw new Error(result.error.errorMessage);
  return result.payload as TokenEvent;
}

async function buildEvent({ outputs }: Deployed, { cognito }: Account): Promise<TokenEvent> {
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

/** Checks moto's ID tokens, which have the tenant without a trigger, with `token: id` in the policy files. */
async function checkIdToken(context: PoolContext): Promise<void> {
  const { deployed, account, report } = context;
  await publishIdTokens(deployed, account);
  const token = (await signIn(context, "--token", "id")).trim();
  await withPoolKeys(context, async (api) => {
    await report.check(
      "deployed: the pool's own ID token has the access of its groups, if ID tokens are accepted",
      async () => {
        const { status, caller } = await api.send({ ...WRITE, token });
        equal([status, caller?.["tenantId"], caller?.["roles"]], [200, "acme", ["reader", "writer"]]);
        equal((await api.send({ ...DELETE, token })).status, 403);
      },
    );
    await report.check("deployed: an access token then gets a 401", async () => {
      const access = (await signIn(context)).trim();
      equal((await api.send({ ...READ, token: access })).status, 401);
    });
  });
  await report.check("deployed: requests with a revoked user's unexpired token are denied", async () => {
    const { sub = "" } = decodeJwt(token);
    const store = tenantStore({ client: account.dynamodb, table: deployed.outputs.table_name, who: "test" });
    const until = Math.floor(Date.now() / 1_000) + 3_600;
    await store.revoke({ tenant: "acme", what: { subject: sub }, until }, "a test");
    await withPoolKeys(context, async (api) => {
      const { status, reason } = await api.send({ ...WRITE, token });
      equal({ status, reason }, { status: 403, reason: "revoked" });
    });
  });
}

/** Writes the issuer's item as `publish` would after an edit of `issuers.yaml`. */
async function publishIdTokens(
  { workspace, outputs, environment }: Deployed,
  { dynamodb }: Account,
): Promise<void> {
  const file = "examples/cognito/policies/issuers.yaml";
  workspace.edit(file, "preset: cognito\n", "preset: cognito\n  token: id\n");
  const { policies } = loadPolicyFolder(`${workspace.folder}/examples/cognito/policies`, environment);
  workspace.edit(file, "preset: cognito\n  token: id\n", "preset: cognito\n");
  const item = policies && permissionItems(policies).find(({ sk }) => sk === "ISSUER#cognito");
  if (item === undefined) throw new Error("The policy files have no issuer cognito");
  await dynamodb.send(new PutItemCommand({ TableName: outputs.table_name, Item: marshallItem(item) }));
}
