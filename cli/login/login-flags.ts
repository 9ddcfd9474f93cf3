import { type Flags, oneOf, UsageError } from "../shared/flags.ts";
import { isLoopback } from "../table/client.ts";

export const LOGIN_FLAGS = {
  user: {
    type: "string",
    value: "EMAIL",
    about: "The user's email address; required without --client-credentials.",
    example: "ann@example.com",
  },
  create: {
    type: "boolean",
    about: "Creates the user first; without PORTCULLIS_PASSWORD, generates a password and prints it once.",
  },
  tenant: {
    type: "string",
    value: "T",
    otherwise: "unchanged",
    about: "Sets the user's tenant. With --client-credentials, the tenant that the token is for.",
    example: "acme",
  },
  role: {
    type: "string",
    multiple: true,
    default: [] as string[],
    value: "R",
    otherwise: "unchanged",
    about: "Sets the user's groups to exactly these.",
    example: "editor",
  },
  token: {
    type: "string",
    default: "access",
    values: ["access", "id"],
    about: "The kind of the token to print.",
  },
  "client-credentials": {
    type: "boolean",
    about:
      "Gets a token for a program, whose client has a secret, instead of a user. Reads the secret from the pool.",
  },
  scope: {
    type: "string",
    multiple: true,
    default: [] as string[],
    value: "S",
    otherwise: "all scopes of the client",
    about: "With --client-credentials, a scope that the token has.",
    example: "notes/read",
  },
  "token-url": {
    type: "string",
    value: "URL",
    otherwise: "that of the pool's own domain",
    about: "With --client-credentials, where the token comes from.",
    example: "https://login.example.com/oauth2/token",
  },
  pool: {
    type: "string",
    value: "ID",
    otherwise: "USER_POOL_ID from the environment",
    about: "Terraform's output user_pool_id.",
    example: "eu-central-1_AbCdEf123",
  },
  client: {
    type: "string",
    value: "ID",
    otherwise: "USER_POOL_CLIENT_ID from the environment",
    about: "Terraform's output user_pool_client_id, or an id of user_pool_machine_clients.",
    example: "1example23456789",
  },
} as const satisfies Flags;

/** The user to sign in, and the user pool. */
export interface Login {
  readonly user: string;
  readonly create: boolean;
  /** Undefined leaves the tenant unchanged. */
  readonly tenant: string | undefined;
  /** An empty list leaves the groups unchanged. */
  readonly roles: readonly string[];
  readonly token: "access" | "id";
  readonly pool: string;
  readonly client: string;
}

/** A program to get a token for. */
export interface MachineLogin extends Pick<Login, "tenant" | "pool" | "client"> {
  /** An empty list asks for all scopes of the client. */
  readonly scopes: readonly string[];
  /** Undefined: that of the pool's own domain. */
  readonly tokenUrl: string | undefined;
}

interface LoginFlags {
  readonly user?: string | undefined;
  readonly create: boolean;
  readonly tenant?: string | undefined;
  readonly role: readonly string[];
  readonly token: string;
  readonly scope?: readonly string[];
  readonly "token-url"?: string | undefined;
  readonly pool?: string | undefined;
  readonly client?: string | undefined;
}

/** Checks the flags. The environment supplies a missing pool or client. @throws UsageError that names the flag */
export function readLogin(flags: LoginFlags, environment: NodeJS.ProcessEnv): Login {
  const { user, create, role, token, scope = [] } = flags;
  if (scope.length > 0 || flags["token-url"] !== undefined)
    throw new UsageError("--scope and --token-url are only used with --client-credentials");
  if (user === undefined || !/^\S+@\S+$/.test(user))
    throw new UsageError(
      user === undefined
        ? "--user is missing: name the user by the email address for signing in"
        : `--user: expected an email address, found "${user}"`,
    );
  if (role.includes("")) throw new UsageError("--role: expected the name of a group of the pool");
  const tokenType = oneOf("token", token, ["access", "id"]);
  return { user, create, roles: role, token: tokenType, ...readPool(flags, environment) };
}

/** Checks the flags of a program's login, as {@link readLogin}. @throws UsageError that names the flag */
export function readMachineLogin(flags: LoginFlags, environment: NodeJS.ProcessEnv): MachineLogin {
  const { user, create, role, token, scope: scopes = [], "token-url": tokenUrl } = flags;
  if (user !== undefined || create || role.length > 0 || token !== "access")
    throw new UsageError(
      "--client-credentials is for a program: --user, --create, --role and --token are for users. Give the client its role with npx portcullis grant --client",
    );
  if (tokenUrl !== undefined) checkTokenUrl(tokenUrl);
  return { scopes, tokenUrl, ...readPool(flags, environment) };
}

/** Rejects a URL at which others could read the client's secret on its way. Only on loopback it may be http. */
function checkTokenUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(text))) return;
  throw new UsageError(
    url === undefined
      ? `--token-url: expected an https URL, found "${text}"`
      : "--token-url: expected an https URL, because the client's secret is sent there; http is only for loopback, such as http://127.0.0.1:4000",
  );
}

function readPool(
  { tenant, ...flags }: LoginFlags,
  environment: NodeJS.ProcessEnv,
): Pick<Login, "tenant" | "pool" | "client"> {
  if (tenant !== undefined && !/^\P{Cc}{1,128}$/u.test(tenant))
    throw new UsageError("--tenant: expected a tenant id of 1 to 128 characters on one line");
  const pool = idFlag("pool", flags.pool, "USER_POOL_ID", environment);
  if (!/^[a-z0-9-]+_[A-Za-z0-9]+$/.test(pool))
    throw new UsageError(`--pool: expected a user pool id such as eu-central-1_AbCdEf123, found "${pool}"`);
  return { tenant, pool, client: idFlag("client", flags.client, "USER_POOL_CLIENT_ID", environment) };
}

function idFlag(
  flag: string,
  value: string | undefined,
  variable: string,
  environment: NodeJS.ProcessEnv,
): string {
  const found = value ?? environment[variable];
  if (found === undefined || found === "")
    throw new UsageError(
      `--${flag} is missing: use the output of \`terraform output -raw ${variable.toLowerCase()}\` (or set ${variable})`,
    );
  return found;
}
