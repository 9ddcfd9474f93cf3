import { signInMachine } from "../../login/client-credentials.ts";
import { LOGIN_FLAGS, readLogin, readMachineLogin } from "../../login/login-flags.ts";
import { choosePassword } from "../../login/password.ts";
import { explainPoolFailure, openUserPool, PoolError, type UserPool } from "../../login/user-pool.ts";
import { defineCommand } from "../../shared/command.ts";
import type { FlagValues } from "../../shared/flags.ts";
import { print, printError } from "../../shared/output.ts";

export const login = defineCommand({
  name: "login",
  about: `Signs in a user of a development pool, or a program, and prints the token, and nothing else, on standard output.
A user's password is PORTCULLIS_PASSWORD, otherwise it is read from the terminal or from standard input.`,
  flags: LOGIN_FLAGS,
  examples: [
    "login --user ann@example.com --create --tenant acme --role editor",
    "login --client-credentials --client 1example23456789 --tenant acme --scope notes/read",
  ],
  statuses: ["signed in", "the pool rejected it"],
  run: signInAndPrint,
});

async function signInAndPrint(values: FlagValues<typeof LOGIN_FLAGS>): Promise<number> {
  if (values["client-credentials"]) {
    const machine = readMachineLogin(values, process.env);
    return printToken(signInMachine(machine), machine);
  }
  const login = readLogin(values, process.env);
  const pool = openUserPool(login);
  return printToken(signIn(pool, login), login).finally(() => pool.close());
}

async function printToken(
  token: Promise<string>,
  login: Parameters<typeof explainPoolFailure>[1],
): Promise<number> {
  try {
    return print(await token);
  } catch (error) {
    const explanation = explainPoolFailure(error, login);
    if (explanation === undefined) throw error;
    return printError(explanation);
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
