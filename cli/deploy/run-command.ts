import { spawn } from "node:child_process";
import { write } from "../shared/output.ts";

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

/**
 * Runs commands on this machine. What they print is shown without control characters, because Terraform prints values
 * of the policy files as they are. For the same reason it prints without colours.
 */
export const runHere: RunProgram = (program, args, { capture = false } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      stdio: ["inherit", "pipe", "pipe"],
      env: {
        ...process.env,
        TF_IN_AUTOMATION: "1",
        TF_CLI_ARGS: `${process.env["TF_CLI_ARGS"] ?? ""} -no-color`.trim(),
      },
    });
    // Ctrl-C reaches the child too. This process waits until Terraform has released its lock.
    const ignore = (): void => undefined;
    process.on("SIGINT", ignore);
    let captured = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (capture) captured += text;
      else write(process.stdout, text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => write(process.stderr, text));
    child.once("error", (error: NodeJS.ErrnoException) => {
      process.off("SIGINT", ignore);
      if (error.code === "ENOENT") resolve({ status: "missing", stdout: "" });
      else reject(error);
    });
    child.once("close", (status) => {
      process.off("SIGINT", ignore);
      resolve({ status: status ?? 1, stdout: captured });
    });
  });
