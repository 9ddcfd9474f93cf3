import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  InitiateAuthCommand,
  paginateListGroups,
} from "@aws-sdk/client-cognito-identity-provider";
import { suggestion } from "../../core/policy-files/source/suggestion.ts";
import { TENANT_CLAIM } from "../../lambdas/token-trigger/with-claims.ts";
import { explainAwsFailure } from "../table/client.ts";
import type { Login } from "./login-flags.ts";

/** A failure with a message for the terminal. */
export class PoolError extends Error {}

export interface Tokens {
  readonly access: string | undefined;
  readonly id: string | undefined;
}

/** A Cognito user pool with one of its clients. */
export interface UserPool {
  /** Checks, before anything is changed, that the client accepts passwords and the groups exist. @throws PoolError */
  check(groups: readonly string[]): Promise<void>;
  /** Creates a user who may sign in immediately. */
  create(user: string, password: string, tenant: string | undefined): Promise<void>;
  setTenant(user: string, tenant: string): Promise<void>;
  /** Sets the user's groups to exactly these. */
  setGroups(user: string, groups: readonly string[]): Promise<void>;
  /** @throws PoolError if the pool requires more than the password */
  signIn(user: string, password: string): Promise<Tokens>;
  close(): void;
}

/** Creates a client for a pool's region, with which its id starts. */
export function userPoolClient(pool: string): CognitoIdentityProviderClient {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  return new CognitoIdentityProviderClient({ region: pool.split("_")[0] ?? "" });
}

/** Opens a pool with credentials from AWS's usual environment. */
export function openUserPool({ pool, client }: Pick<Login, "pool" | "client">): UserPool {
  const aws = userPoolClient(pool);
  const UserPoolId = pool;
  return {
    async check(groups) {
      await checkClient(aws, pool, client);
      if (groups.length > 0) await checkGroups(aws, pool, groups);
    },
    async create(Username, password, tenant) {
      const UserAttributes = [
        { Name: "email", Value: Username },
        { Name: "email_verified", Value: "true" },
        ...(tenant === undefined ? [] : [{ Name: TENANT_CLAIM, Value: tenant }]),
      ];
      await aws.send(
        new AdminCreateUserCommand({
          UserPoolId,
          Username,
          UserAttributes,
          TemporaryPassword: password,
          MessageAction: "SUPPRESS",
        }),
      );
      await aws.send(
        new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: password, Permanent: true }),
      );
    },
    async setTenant(Username, tenant) {
      const UserAttributes = [{ Name: TENANT_CLAIM, Value: tenant }];
      await aws.send(new AdminUpdateUserAttributesCommand({ UserPoolId, Username, UserAttributes }));
    },
    async setGroups(Username, groups) {
      const { Groups = [] } = await aws.send(new AdminListGroupsForUserCommand({ UserPoolId, Username }));
      const current = Groups.map(({ GroupName = "" }) => GroupName);
      for (const GroupName of current.filter((group) => !groups.includes(group)))
        await aws.send(new AdminRemoveUserFromGroupCommand({ UserPoolId, Username, GroupName }));
      for (const GroupName of groups.filter((group) => !current.includes(group)))
        await aws.send(new AdminAddUserToGroupCommand({ UserPoolId, Username, GroupName }));
    },
    signIn: (user, password) => signIn(aws, client, user, password),
    close: () => aws.destroy(),
  };
}

async function checkClient(aws: CognitoIdentityProviderClient, pool: string, client: string): Promise<void> {
  const { UserPoolClient } = await aws.send(
    new DescribeUserPoolClientCommand({ UserPoolId: pool, ClientId: client }),
  );
  const flows = UserPoolClient?.ExplicitAuthFlows ?? [];
  if (!flows.includes("ALLOW_USER_PASSWORD_AUTH"))
    throw new PoolError(
      `The client ${client} of the pool ${pool} does not accept plain passwords, which is correct in production. For a development pool set identity = { password_login = true } and apply`,
    );
}

async function checkGroups(
  aws: CognitoIdentityProviderClient,
  pool: string,
  groups: readonly string[],
): Promise<void> {
  const existing: string[] = [];
  for await (const page of paginateListGroups({ client: aws }, { UserPoolId: pool }))
    existing.push(...(page.Groups ?? []).map(({ GroupName = "" }) => GroupName));
  for (const group of groups)
    if (!existing.includes(group))
      throw new PoolError(
        `--role: the pool has no group "${group}"${suggestion(group, existing)}. Its groups are ${existing.sort().join(", ")}`,
      );
}

async function signIn(
  aws: CognitoIdentityProviderClient,
  client: string,
  user: string,
  password: string,
): Promise<Tokens> {
  const { AuthenticationResult, ChallengeName } = await aws.send(
    new InitiateAuthCommand({
      ClientId: client,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: user, PASSWORD: password },
    }),
  );
  if (AuthenticationResult === undefined)
    throw new PoolError(
      `${user} cannot sign in with the password alone, because the pool requires ${ChallengeName ?? "another factor"}. Use a user with a permanent password and without a second factor, such as --create creates`,
    );
  return { access: AuthenticationResult.AccessToken, id: AuthenticationResult.IdToken };
}

/** Explains a failure of the pool or of AWS for the terminal. Returns undefined for any other error. */
export function explainPoolFailure(
  error: unknown,
  { user = "", pool, client }: Pick<Login, "pool" | "client"> & Partial<Login>,
): string | undefined {
  if (error instanceof PoolError) return error.message;
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  if (name === "NotAuthorizedException") return `The pool does not sign ${user} in: ${message}`;
  if (name === "UserNotFoundException") return `The pool has no user ${user}: create it with --create`;
  if (name === "UsernameExistsException") return `The user ${user} exists already: omit --create`;
  if (name === "InvalidPasswordException") return `PORTCULLIS_PASSWORD: ${message}`;
  if (name === "ResourceNotFoundException")
    return `There is no pool ${pool} with a client ${client} in this account: check --pool, --client and AWS_PROFILE (${message})`;
  return explainAwsFailure(error);
}
