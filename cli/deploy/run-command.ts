import { spawn } from "node:child_process";

/** How an external command ended. */
export interface CommandResult {
  /** `missing`: there is no such program on PATH. */
  readonly status: number | "missing";
  /** Empty unless it was captured. */
  readonly stdout: string;
}

export interface RunProgramOptions {
  /** Takes standard output instead of showing it. */
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
    // Ctrl-C reaches the child too: Terraform then ends in order and gives its lock back.
    const stay = (): void => undefined;
    process.on("SIGINT", stay);
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.once("error", (error: NodeJS.ErrnoException) => {
      process.off("SIGINT", stay);
      if (error.code === "ENOENT") resolve({ status: "missing", stdout: "" });
      else reject(error);
    });
    child.once("close", (status) => {
      process.off("SIGINT", stay);
      resolve({ status: status ?? 1, stdout: Buffer.concat(chunks).toString("utf8") });
    });
  });
