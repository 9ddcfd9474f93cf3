import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { type Login, readLogin } from "../../cli/login/login-flags.ts";
import { choosePassword, generatePassword } from "../../cli/login/password.ts";
import { explainPoolFailure, PoolError } from "../../cli/login/user-pool.ts";
import { UsageError } from "../../cli/shared/flags.ts";

const FLAGS = {
  user: "ann@acme.example",
  create: false,
  role: [],
  token: "access",
  pool: "eu-central-1_Example12",
  client: "1example23456789",
} as const;
const LOGIN: Login = readLogin(FLAGS, {});

/** Returns the login, or the message of the usage error. */
const login = (flags: object, environment = {}): unknown => {
  try {
    return readLogin({ ...FLAGS, ...flags }, environment);
  } catch (error) {
    return error instanceof UsageError ? error.message : error;
  }
};

describe("npx portcullis login", () => {
  it("reads pool and client from the environment if no flag names them", () => {
    const environment = { USER_POOL_ID: "eu-west-1_Other", USER_POOL_CLIENT_ID: "other" };
    expect(login({ pool: undefined, client: undefined }, environment)).toMatchObject({
      pool: "eu-west-1_Other",
      client: "other",
    });
  });

  it.each([
    [{ user: undefined }, "--user is missing: name the user by the email address for signing in"],
    [{ user: "ann" }, '--user: expected an email address, found "ann"'],
    [{ tenant: "" }, "--tenant: expected a tenant id of 1 to 128 characters on one line"],
    [{ tenant: "a\nb" }, "--tenant: expected a tenant id of 1 to 128 characters on one line"],
    [{ role: [""] }, "--role: expected the name of a group of the pool"],
    [{ token: "refresh" }, '--token: expected access or id, found "refresh"'],
    [
      { pool: undefined },
      "--pool is missing: use the output of `terraform output -raw user_pool_id` (or set USER_POOL_ID)",
    ],
    [{ pool: "pool" }, '--pool: expected a user pool id such as eu-central-1_AbCdEf123, found "pool"'],
    [
      { client: "" },
      "--client is missing: use the output of `terraform output -raw user_pool_client_id` (or set USER_POOL_CLIENT_ID)",
    ],
  ])("rejects %o", (flags, message) => {
    expect(login(flags)).toBe(message);
  });

  it("rejects a password as an argument, prints nothing on standard output, and exits with 2", async () => {
    const run = promisify(execFile)(process.execPath, [
      "bin/portcullis.mjs",
      "login",
      "--user",
      "ann@acme.example",
      "--password",
      "hunter2",
    ]);
    await expect(run).rejects.toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^unknown flag --password(?![\s\S]*hunter2)/),
    });
  });

  it("prefers the password from the environment, and generates one for a new user", async () => {
    const given = { PORTCULLIS_PASSWORD: "Sesame-123456" };
    expect(await choosePassword(true, given)).toEqual({ password: "Sesame-123456", generated: false });
    expect(await choosePassword(true, {})).toMatchObject({ generated: true });
    expect(generatePassword()).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*-).{28}$/);
    expect(generatePassword()).not.toBe(generatePassword());
  });

  it.each([
    ["NotAuthorizedException", "The pool does not sign ann@acme.example in: it said so"],
    ["UserNotFoundException", "The pool has no user ann@acme.example: create it with --create"],
    ["UsernameExistsException", "The user ann@acme.example exists already: omit --create"],
    ["InvalidPasswordException", "PORTCULLIS_PASSWORD: it said so"],
    ["AccessDeniedException", "AWS denied the request: it said so"],
  ])("explains %s", (name, message) => {
    expect(explainPoolFailure(Object.assign(new Error("it said so"), { name }), LOGIN)).toBe(message);
  });

  it("explains a PoolError by its message, and does not hide bugs", () => {
    expect(explainPoolFailure(new PoolError("not this pool"), LOGIN)).toBe("not this pool");
    expect(explainPoolFailure(new TypeError("x is not a function"), LOGIN)).toBeUndefined();
  });
});
