import { LOGIN_FLAGS, readLogin } from "../../login/login-flags.ts";
import { choosePassword } from "../../login/password.ts";
import { explainPoolFailure, openUserPool, PoolError, type UserPool } from "../../login/user-pool.ts";
import type { Command } from "../../shared/command.ts";
import { readFlags } from "../../shared/flags.ts";
import { print, printError } from "../../shared/output.ts";

const USAGE = `npx portcullis login --user EMAIL [--create] [--tenant T] [--role R …]
  [--token access|id] [--pool ID] [--client ID]

Signs in a user of a development pool and prints the token, and nothing else, on standard output.
  --create  creates the user first; without PORTCULLIS_PASSWORD, generates a password and prints it once
  --tenant  sets the user's tenant
  --role    sets the user's groups to exactly these
  --pool    Terraform's output user_pool_id, by default USER_POOL_ID from the environment
  --client  Terraform's output user_pool_client_id, by default USER_POOL_CLIENT_ID from the environment
The password is PORTCULLIS_PASSWORD, otherwise it is read from the terminal or from standard input.`;

export const login: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, LOGIN_FLAGS);
  if (values.help) return print(USAGE);
  const login = readLogin(values, process.env);
  const pool = openUserPool(login);
  try {
    return print(await signIn(pool, login));
  } catch (error) {
    const explanation = explainPoolFailure(error, login);
    if (explanation === undefined) throw error;
    return printError(explanation);
  } finally {
    pool.close();
  }
}

async function signIn(pool: UserPool, login: ReturnType<typeof readLogin>): Promise<string> {
  await pool.check(login.roles);
  const { password, generated } = await choosePassword(login.create);
  if (login.create) await pool.create(login.user, password, login.tenant);
  else if (login.tenant !== undefined) await pool.setTenant(login.user, login.tenant);
  if (generated) printError(`${login.user} has the password ${password}, which is printed only once`);
  if (login.roles.length > 0) await pool.setGroups(login.user, login.roles);
  const token = (await pool.signIn(login.user, password))[login.token];
  if (token === undefined)
    throw new PoolError(`The pool signed ${login.user} in, but returned no ${login.token} token`);
  return token;
}
