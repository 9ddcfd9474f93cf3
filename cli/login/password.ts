import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { UsageError } from "../shared/flags.ts";

/** The password to sign in with, and whether nobody knows it yet. */
export interface Password {
  readonly password: string;
  readonly generated: boolean;
}

/** Of the environment; else generated for a new user, and asked for otherwise. It is never an argument. */
export async function choosePassword(
  isNew: boolean,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Password> {
  const given = environment["PORTCULLIS_PASSWORD"];
  if (given !== undefined && given !== "") return { password: given, generated: false };
  if (isNew) return { password: generatePassword(), generated: true };
  const password = await askPassword();
  if (password === "") throw new UsageError("The password is missing: set PORTCULLIS_PASSWORD, or type it");
  return { password, generated: false };
}

/** 28 characters, of which some are of each kind that a pool may ask for. */
export const generatePassword = (): string => `${randomBytes(18).toString("base64url")}-Aa1`;

/** The first line of standard input; on a terminal what is typed is not shown. */
async function askPassword(): Promise<string> {
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
