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

/** What cannot be done with this pool; its message is for the terminal. */
export class PoolError extends Error {}

export interface Tokens {
  readonly access: string | undefined;
  readonly id: string | undefined;
}

/** A user pool of Cognito's with one of its clients, as an administrator and as a user. */
export interface UserPool {
  /** Nothing is changed before this: the client takes passwords, and the groups exist. @throws PoolError */
  check(groups: readonly string[]): Promise<void>;
  /** A user who may sign in at once. */
  create(user: string, password: string, tenant: string | undefined): Promise<void>;
  setTenant(user: string, tenant: string): Promise<void>;
  /** Exactly these. */
  setGroups(user: string, groups: readonly string[]): Promise<void>;
  /** @throws PoolError where the pool asks for more than the password */
  signIn(user: string, password: string): Promise<Tokens>;
  close(): void;
}

export function openUserPool({ pool, client }: Pick<Login, "pool" | "client">): UserPool {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  // A pool's id begins with its region.
  const aws = new CognitoIdentityProviderClient({ region: pool.split("_")[0] ?? "" });
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
      const held = Groups.map(({ GroupName = "" }) => GroupName);
      for (const GroupName of held.filter((group) => !groups.includes(group)))
        await aws.send(new AdminRemoveUserFromGroupCommand({ UserPoolId, Username, GroupName }));
      for (const GroupName of groups.filter((group) => !held.includes(group)))
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
      `The client ${client} of the pool ${pool} does not take passwords as they are, as is right in production. For a development pool set identity = { password_login = true } and apply`,
    );
}

async function checkGroups(
  aws: CognitoIdentityProviderClient,
  pool: string,
  groups: readonly string[],
): Promise<void> {
  const known: string[] = [];
  for await (const page of paginateListGroups({ client: aws }, { UserPoolId: pool }))
    known.push(...(page.Groups ?? []).map(({ GroupName = "" }) => GroupName));
  for (const group of groups)
    if (!known.includes(group))
      throw new PoolError(
        `--role: the pool has no group "${group}"${suggestion(group, known)}. Its groups are ${known.sort().join(", ")}`,
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
      `${user} cannot be signed in by password alone: the pool asks for ${ChallengeName ?? "more"}. Take a user without a second factor and with a password of its own, as --create makes one`,
    );
  return { access: AuthenticationResult.AccessToken, id: AuthenticationResult.IdToken };
}

/** Failures in words for a terminal; undefined for what is no failure of theirs. */
export function explainPoolFailure(error: unknown, { user, pool, client }: Login): string | undefined {
  if (error instanceof PoolError) return error.message;
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  if (name === "NotAuthorizedException") return `The pool does not sign ${user} in: ${message}`;
  if (name === "UserNotFoundException") return `The pool has no user ${user}: make one with --create`;
  if (name === "UsernameExistsException") return `${user} is there already: leave --create out`;
  if (name === "InvalidPasswordException") return `PORTCULLIS_PASSWORD: ${message}`;
  if (name === "ResourceNotFoundException")
    return `There is no pool ${pool} with a client ${client} in this account: check --pool, --client and AWS_PROFILE (${message})`;
  return explainAwsFailure(error);
}
