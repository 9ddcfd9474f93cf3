import {
  type CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { isObject } from "../../core/model/is-object.ts";
import { parseJson } from "../../core/model/parse-json.ts";
import type { MachineLogin } from "./login-flags.ts";
import { PoolError, userPoolClient } from "./user-pool.ts";

/**
 * Gets an access token for a program by client credentials (RFC 6749, 4.4). The tenant goes to the pool's trigger, which
 * writes it into the token if the client has a role there.
 *
 * @throws PoolError if the client has no secret, the pool has no domain, or it gives no token
 */
export async function signInMachine(login: MachineLogin): Promise<string> {
  const aws = userPoolClient(login.pool);
  try {
    const secret = await readSecret(aws, login);
    return await requestToken(login.tokenUrl ?? (await findTokenUrl(aws, login)), secret, login);
  } finally {
    aws.destroy();
  }
}

async function readSecret(
  aws: CognitoIdentityProviderClient,
  { pool, client }: MachineLogin,
): Promise<string> {
  const { UserPoolClient } = await aws.send(
    new DescribeUserPoolClientCommand({ UserPoolId: pool, ClientId: client }),
  );
  const secret = UserPoolClient?.ClientSecret;
  if (secret === undefined)
    throw new PoolError(
      `The client ${client} of the pool ${pool} has no secret, so it is for users. Use one of \`terraform output user_pool_machine_clients\`, which identity.machines creates`,
    );
  return secret;
}

async function findTokenUrl(aws: CognitoIdentityProviderClient, { pool }: MachineLogin): Promise<string> {
  const { UserPool } = await aws.send(new DescribeUserPoolCommand({ UserPoolId: pool }));
  const { CustomDomain, Domain } = UserPool ?? {};
  if (CustomDomain !== undefined) return `https://${CustomDomain}/oauth2/token`;
  if (Domain !== undefined)
    return `https://${Domain}.auth.${pool.split("_")[0] ?? ""}.amazoncognito.com/oauth2/token`;
  throw new PoolError(
    `The pool ${pool} has no domain, at which programs get tokens: set identity.domain and apply, or name another URL with --token-url`,
  );
}

const TIMEOUT_MS = 10_000;

async function requestToken(
  url: string,
  secret: string,
  { client, scopes, tenant }: MachineLogin,
): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers: { Authorization: `Basic ${Buffer.from(`${client}:${secret}`).toString("base64")}` },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      ...(scopes.length > 0 && { scope: scopes.join(" ") }),
      ...(tenant !== undefined && { aws_client_metadata: JSON.stringify({ tenant }) }),
    }),
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: Error) => {
    throw new PoolError(
      `${url} does not respond: ${(error.cause as Error | undefined)?.message ?? error.message}`,
    );
  });
  const body = parseJson(await response.text());
  const token = isObject(body) ? body["access_token"] : undefined;
  if (response.ok && typeof token === "string") return token;
  const reason = isObject(body) && typeof body["error"] === "string" ? `: ${body["error"]}` : "";
  throw new PoolError(`${url} gives the client ${client} no token, status ${response.status}${reason}`);
}
