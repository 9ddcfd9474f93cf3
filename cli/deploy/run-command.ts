import { spawn } from "node:child_process";

/** The result of an external command. */
export interface CommandResult {
  /** The exit status; `missing` if no such program is on PATH. */
  readonly status: number | "missing";
  /** Empty unless the output was captured. */
  readonly stdout: string;
}

export interface RunProgramOptions {
  /** Returns standard output instead of showing it. */
  readonly capture?: boolean;
}

/** Runs an external command to its end. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  options?: RunProgramOptions,
) => Promise<CommandResult>;

/** Runs commands on this machine, in this terminal. */
export const runHere: RunProgram = (program, args, { capture = false } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      stdio: ["inherit", capture ? "pipe" : "inherit", "inherit"],
      env: { ...process.env, TF_IN_AUTOMATION: "1" },
    });
    // Ctrl-C reaches the child too. This process waits until Terraform has released its lock.
    const ignore = (): void => undefined;
    process.on("SIGINT", ignore);
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.once("error", (error: NodeJS.ErrnoException) => {
      process.off("SIGINT", ignore);
      if (error.code === "ENOENT") resolve({ status: "missing", stdout: "" });
      else reject(error);
    });
    child.once("close", (status) => {
      process.off("SIGINT", ignore);
      resolve({ status: status ?? 1, stdout: Buffer.concat(chunks).toString("utf8") });
    });
  });
