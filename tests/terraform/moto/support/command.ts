import { spawn } from "node:child_process";

export interface CommandOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Time after which the command is stopped, in seconds. */
  readonly timeout: number;
}

export interface CommandResult {
  /** Null if a signal stopped the command, for example because of the timeout. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const GRACE_MS = 10_000;

/** Runs a command and waits for its end. @throws Error if the command does not exist */
export function runCommand(
  program: string,
  args: readonly string[],
  { cwd, env, timeout }: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    let force: NodeJS.Timeout | undefined;
    const late = setTimeout(() => {
      child.kill("SIGTERM");
      force = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    }, timeout * 1_000);
    child.once("error", reject);
    child.once("close", (status) => {
      clearTimeout(late);
      clearTimeout(force);
      resolve({ status, stdout: text(stdout), stderr: text(stderr) });
    });
  });
}

const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString("utf8");
