import { randomUUID } from "node:crypto";
import { createConcurrency } from "./concurrency.ts";
import { unpack } from "./deployment-package.ts";
import { environmentVariables, functionArn } from "./environment-variables.ts";
import { type EnvironmentOptions, ExecutionEnvironment } from "./execution-environment.ts";
import { type FunctionError, failed, type InvokeResult, type RuntimeConfig } from "./invocation.ts";

export type { InvokeResult } from "./invocation.ts";

/** Lambda's default quota of concurrent executions: the number of invocations that may run or wait here. */
const MAX_INVOCATIONS = 1_000;

/** More workers answer more slowly on a laptop's cores: each compiles the function's code for itself. */
const MAX_WORKERS = 4;

/** Lambda's limit for a synchronous invocation's event, 6 MB. */
const MAX_EVENT_BYTES = 6_291_456;

const CLOSED = { errorType: "ResourceNotFoundException", errorMessage: "The local function was closed" };

const INTERRUPTED = { errorType: "Runtime.ExitError", errorMessage: "The worker was killed" };

/** A function to run locally. */
export interface FunctionOptions {
  readonly name: string;
  /** The deployment package, as uploaded to AWS: a CommonJS `index.js`, and optionally more files. */
  readonly zip: Uint8Array;
  /** Default `index.handler`. */
  readonly handler?: string;
  /** The function's own variables; Lambda's are added, those of this process are not. */
  readonly environment: Readonly<Record<string, string>>;
  /** The timeout of one invocation, in milliseconds. */
  readonly timeoutMs: number;
  /** The limit for the worker's heap; default 128, as in Lambda. */
  readonly memoryMb?: number;
  /** The maximum number of workers; default {@link MAX_WORKERS}. */
  readonly maxConcurrency?: number;
  /** Gets each line that the function writes to stdout or stderr. */
  readonly onLog?: (line: string) => void;
  /** The directory in which the zip is unpacked; default the system's temporary directory. */
  readonly root?: string;
}

/** A function that runs in worker threads of this process. */
export interface LocalFunction {
  /** Runs the handler once. Never rejects: a failure is part of the result, with Lambda's name for it. */
  invoke(event: unknown): Promise<InvokeResult>;
  /** Kills all workers, as crashes would: running invocations fail, and the next one starts a worker. */
  interrupt(): Promise<void>;
  /** Stops all workers and deletes the unpacked files; running invocations fail. */
  close(): Promise<void>;
}

/**
 * Creates a Lambda function from a deployment package.
 *
 * As in Lambda, a worker starts on demand and runs one event at a time. Events and results are passed as JSON
 * strings. A timeout kills the worker ("Task timed out after 3.00 seconds"). A worker that exits, throws outside the
 * handler or leaves a rejection unhandled fails its invocation and is replaced. Unlike in Lambda, a worker is not
 * frozen between invocations, the working directory is this process's, and callbacks are not supported (Node 24
 * removed them): the handler's return value, or the value of its promise, is the result.
 *
 * @throws Error when the zip cannot be read
 * @example
 * const authorizer = createFunction({ name: "authorizer", zip, environment: {}, timeoutMs: 5_000 });
 * const result = await authorizer.invoke({ type: "REQUEST" });
 */
export function createFunction(options: FunctionOptions): LocalFunction {
  const { taskRoot, remove } = unpack(options.zip, options.root);
  const maxConcurrency = options.maxConcurrency ?? MAX_WORKERS;
  const concurrency = createConcurrency(maxConcurrency, MAX_INVOCATIONS - maxConcurrency);
  const starting = environmentOptions(options, taskRoot);
  const environments = new Set<ExecutionEnvironment>();
  const idle: ExecutionEnvironment[] = [];
  let closed = false;

  function takeEnvironment(): ExecutionEnvironment {
    for (let warm = idle.pop(); warm !== undefined; warm = idle.pop()) {
      if (warm.alive) return warm;
      environments.delete(warm);
    }
    const cold = new ExecutionEnvironment(starting);
    environments.add(cold);
    return cold;
  }

  function giveBack(environment: ExecutionEnvironment): void {
    if (environment.alive) idle.push(environment);
    else environments.delete(environment);
  }

  async function run(event: string): Promise<InvokeResult> {
    const environment = takeEnvironment();
    const result = await environment.invoke(randomUUID(), event);
    giveBack(environment);
    return result;
  }

  const stopAll = (error: FunctionError) =>
    Promise.all(Array.from(environments, (environment) => environment.stop(error)));

  return {
    async invoke(event) {
      const json = serialise(event);
      if (typeof json !== "string") return json;
      const admitted = await concurrency.enter();
      if (closed) return { ok: false, error: CLOSED };
      if (!admitted) return throttled();
      try {
        return await run(json);
      } finally {
        concurrency.leave();
      }
    },
    interrupt: async () => void (await stopAll(INTERRUPTED)),
    async close() {
      closed = true;
      concurrency.close();
      await stopAll(CLOSED);
      remove();
    },
  };
}

function environmentOptions(options: FunctionOptions, taskRoot: string): EnvironmentOptions {
  const runtime: RuntimeConfig = {
    taskRoot,
    handler: options.handler ?? "index.handler",
    functionName: options.name,
    functionArn: functionArn(options.name, options.environment),
    memoryMb: options.memoryMb ?? 128,
  };
  return {
    runtime,
    variables: environmentVariables(runtime, options.environment),
    timeoutMs: options.timeoutMs,
    onLog: options.onLog ?? (() => {}),
  };
}

function serialise(event: unknown): string | InvokeResult {
  try {
    const serialised: string | undefined = JSON.stringify(event);
    const json = serialised ?? "null";
    if (Buffer.byteLength(json) <= MAX_EVENT_BYTES) return json;
    const limit = `Request must be smaller than ${MAX_EVENT_BYTES} bytes for the InvokeFunction operation`;
    return failed("RequestTooLargeException", limit);
  } catch {
    return failed("InvalidRequestContentException", "Could not serialise the event as JSON");
  }
}

function throttled(): InvokeResult {
  return failed("TooManyRequestsException", "Rate Exceeded.");
}
