import { type Flags, oneOf, UsageError } from "../shared/flags.ts";

export const LOGIN_FLAGS = {
  user: {
    type: "string",
    value: "EMAIL",
    about: "The user's email address; required.",
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
    about: "Sets the user's tenant.",
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
    about: "Terraform's output user_pool_client_id.",
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

interface LoginFlags {
  readonly user?: string | undefined;
  readonly create: boolean;
  readonly tenant?: string | undefined;
  readonly role: readonly string[];
  readonly token: string;
  readonly pool?: string | undefined;
  readonly client?: string | undefined;
}

/** Checks the flags. The environment supplies a missing pool or client. @throws UsageError that names the flag */
export function readLogin(flags: LoginFlags, environment: NodeJS.ProcessEnv): Login {
  const { user, create, tenant, role, token } = flags;
  if (user === undefined || !/^\S+@\S+$/.test(user))
    throw new UsageError(
      user === undefined
        ? "--user is missing: name the user by the email address for signing in"
        : `--user: expected an email address, found "${user}"`,
    );
  if (tenant !== undefined && !/^\P{Cc}{1,128}$/u.test(tenant))
    throw new UsageError("--tenant: expected a tenant id of 1 to 128 characters on one line");
  if (role.includes("")) throw new UsageError("--role: expected the name of a group of the pool");
  const tokenType = oneOf("token", token, ["access", "id"]);
  const pool = idFlag("pool", flags.pool, "USER_POOL_ID", environment);
  if (!/^[a-z0-9-]+_[A-Za-z0-9]+$/.test(pool))
    throw new UsageError(`--pool: expected a user pool id such as eu-central-1_AbCdEf123, found "${pool}"`);
  const client = idFlag("client", flags.client, "USER_POOL_CLIENT_ID", environment);
  return { user, create, tenant, roles: role, token: tokenType, pool, client };
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
