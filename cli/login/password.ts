import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { UsageError } from "../shared/flags.ts";

/** The password to sign in with. */
export interface Password {
  readonly password: string;
  /** The password is new, so the user has to be shown it. */
  readonly generated: boolean;
}

/**
 * Reads the password from the environment, or else generates one for a new user and prompts for an existing user's.
 * A password is never a command-line argument.
 */
export async function choosePassword(
  isNew: boolean,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Password> {
  const given = environment["PORTCULLIS_PASSWORD"];
  if (given !== undefined && given !== "") return { password: given, generated: false };
  if (isNew) return { password: generatePassword(), generated: true };
  const password = await promptPassword();
  if (password === "") throw new UsageError("the password is missing: set PORTCULLIS_PASSWORD, or type it");
  return { password, generated: false };
}

/** Generates 28 characters, with some of each kind that a pool may require. */
export const generatePassword = (): string => `${randomBytes(18).toString("base64url")}-Aa1`;

/** Reads the first line of standard input, on a terminal without echo. */
async function promptPassword(): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = process.stdin.isTTY;
  if (terminal) process.stderr.write("Password: ");
  const lines = createInterface({ input: process.stdin, output: silent, terminal });
  const line = await new Promise<string>((resolve) => {
    lines.once("line", resolve);
    lines.once("close", () => resolve(""));
  });
  lines.close();
  if (terminal) process.stderr.write("\n");
  return line;
}
