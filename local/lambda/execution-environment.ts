import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { Worker } from "node:worker_threads";
import { workerRuntime } from "../../packaging/outputs.ts";
import {
  type FunctionError,
  failed,
  type InvokeMessage,
  type InvokeResult,
  type RuntimeConfig,
  type RuntimeMessage,
} from "./invocation.ts";

/** Lambda's limit for the init phase. */
const INIT_TIMEOUT_MS = 10_000;

/** Lambda's limit for a response, a little over 6 MB; the number is from Lambda's own error message. */
const MAX_RESPONSE_BYTES = 6_291_556;

/** The settings of one environment. */
export interface EnvironmentOptions {
  readonly runtime: RuntimeConfig;
  readonly variables: Record<string, string>;
  readonly timeoutMs: number;
  readonly onLog: (line: string) => void;
}

/** One worker thread that runs one invocation at a time, from its cold start to its end. */
export class ExecutionEnvironment {
  readonly #worker: Worker;
  readonly #timeoutMs: number;
  readonly #initialised: Promise<void>;
  #markInitialised: () => void = () => {};
  #settle: (result: InvokeResult) => void = () => {};
  #fatalError: FunctionError | undefined;
  #requestId = "";

  constructor({ runtime, variables, timeoutMs, onLog }: EnvironmentOptions) {
    this.#timeoutMs = timeoutMs;
    this.#initialised = new Promise((resolve) => {
      this.#markInitialised = resolve;
    });
    this.#worker = new Worker(workerRuntime(), {
      eval: true,
      workerData: runtime,
      env: variables,
      argv: [],
      // The function must not run with the parent's loader (tsx, vitest).
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: runtime.memoryMb },
    });
    this.#listen(onLog);
  }

  /** Whether it can run another invocation. */
  get alive(): boolean {
    return this.#fatalError === undefined;
  }

  /** Runs one event, a JSON string. As in Lambda, the cold start does not count towards the function's timeout. */
  async invoke(requestId: string, event: string): Promise<InvokeResult> {
    this.#requestId = requestId;
    await this.#initialise();
    if (this.#fatalError !== undefined) return { ok: false, error: this.#fatalError };
    const deadline = Date.now() + this.#timeoutMs;
    const seconds = (this.#timeoutMs / 1000).toFixed(2);
    return await this.#limited(this.#timeoutMs, `Task timed out after ${seconds} seconds`, () => {
      const message: InvokeMessage = { requestId, event, deadline };
      this.#worker.postMessage(message);
      return new Promise<InvokeResult>((resolve) => {
        this.#settle = resolve;
      });
    });
  }

  /** Kills the worker; a running invocation fails with `error`. */
  async stop(error: FunctionError): Promise<void> {
    this.#die(error);
    await this.#worker.terminate();
  }

  async #initialise(): Promise<void> {
    const seconds = (INIT_TIMEOUT_MS / 1000).toFixed(2);
    await this.#limited(INIT_TIMEOUT_MS, `Init timed out after ${seconds} seconds`, () => this.#initialised);
  }

  async #limited<T>(ms: number, message: string, work: () => Promise<T>): Promise<T> {
    const errorMessage = `RequestId: ${this.#requestId} Error: ${message}`;
    const timer = setTimeout(() => this.#die({ errorType: "Sandbox.Timedout", errorMessage }), ms);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }

  #listen(onLog: (line: string) => void): void {
    const lines = (input: Readable): void => {
      createInterface({ input }).on("line", onLog);
    };
    lines(this.#worker.stdout);
    lines(this.#worker.stderr);
    this.#worker.on("message", (message: RuntimeMessage) => this.#receive(message));
    this.#worker.on("error", ({ name, message }) => this.#die({ errorType: name, errorMessage: message }));
    this.#worker.on("exit", (code) => this.#die(this.#exitError(code)));
  }

  #receive(message: RuntimeMessage): void {
    if (message.type === "ready") this.#markInitialised();
    else if (message.type === "fatal") this.#die(message.error);
    else if (message.type === "error") this.#settle({ ok: false, error: message.error });
    else this.#settle(toResult(message.json));
  }

  #die(error: FunctionError): void {
    if (!this.alive) return;
    this.#fatalError = error;
    this.#markInitialised();
    this.#settle({ ok: false, error });
    void this.#worker.terminate();
  }

  #exitError(code: number): FunctionError {
    const reason =
      code === 0 ? "exited without providing a reason" : `exited with error: exit status ${code}`;
    const errorMessage = `RequestId: ${this.#requestId} Error: Runtime ${reason}`;
    return { errorType: "Runtime.ExitError", errorMessage };
  }
}

function toResult(json: string): InvokeResult {
  if (Buffer.byteLength(json) > MAX_RESPONSE_BYTES) {
    const limit = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
    return failed("Function.ResponseSizeTooLarge", limit);
  }
  return { ok: true, payload: JSON.parse(json) };
}
