import { LOGIN_FLAGS, readLogin } from "../../login/login-flags.ts";
import { choosePassword } from "../../login/password.ts";
import { explainPoolFailure, openUserPool, PoolError, type UserPool } from "../../login/user-pool.ts";
import type { Command } from "../../shared/command.ts";
import { readFlags } from "../../shared/flags.ts";

const USAGE = `npx portcullis login --user EMAIL [--create] [--tenant T] [--role R …]
  [--token access|id] [--pool ID] [--client ID]

Signs a user of a development pool in and prints the token, and nothing else, on standard output.
--create makes the user first; --tenant sets whose member it is, --role its groups, exactly those.
Pool and client are Terraform's outputs user_pool_id and user_pool_client_id, else the environment's
USER_POOL_ID and USER_POOL_CLIENT_ID. The password is PORTCULLIS_PASSWORD, else it is asked for, or read
from standard input; with --create, one is generated and told once.`;

export const login: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, LOGIN_FLAGS);
  if (values.help) return say(process.stdout, USAGE, 0);
  const login = readLogin(values, process.env);
  const pool = openUserPool(login);
  try {
    return say(process.stdout, await signIn(pool, login), 0);
  } catch (error) {
    const told = explainPoolFailure(error, login);
    if (told === undefined) throw error;
    return say(process.stderr, told, 1);
  } finally {
    pool.close();
  }
}

async function signIn(pool: UserPool, login: ReturnType<typeof readLogin>): Promise<string> {
  await pool.check(login.roles);
  const { password, generated } = await choosePassword(login.create);
  if (login.create) await pool.create(login.user, password, login.tenant);
  else if (login.tenant !== undefined) await pool.setTenant(login.user, login.tenant);
  if (generated)
    say(process.stderr, `${login.user} has the password ${password}, which is not told again`, 0);
  if (login.roles.length > 0) await pool.setGroups(login.user, login.roles);
  const token = (await pool.signIn(login.user, password))[login.token];
  if (token === undefined) throw new PoolError("The pool signed the user in, and gave no such token");
  return token;
}

function say(stream: NodeJS.WriteStream, text: string, status: number): number {
  stream.write(`${text}\n`);
  return status;
}
