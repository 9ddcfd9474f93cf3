// Runs inside the worker. It is compiled alone and evaluated as a script, so it imports only Node and types.
import { createRequire } from "node:module";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import type { FunctionError, InvokeMessage, RuntimeConfig, RuntimeMessage } from "./invocation.ts";

type Handler = (event: unknown, context: object) => unknown;

const config: RuntimeConfig = workerData;

function post(message: RuntimeMessage): void {
  parentPort?.postMessage(message);
}

function describe(error: unknown): FunctionError {
  if (error instanceof Error) return { errorType: error.name, errorMessage: error.message };
  return { errorType: typeof error, errorMessage: String(error) };
}

function loadHandler(): Handler {
  const dot = config.handler.lastIndexOf(".");
  const file = config.handler.slice(0, dot);
  const loaded: Record<string, unknown> = createRequire(join(config.taskRoot, "/"))(
    join(config.taskRoot, file),
  );
  const handler = loaded[config.handler.slice(dot + 1)];
  if (typeof handler === "function") return (event, context) => handler(event, context);
  const error = new Error(`${config.handler} is undefined or not exported`);
  error.name = "Runtime.HandlerNotFound";
  throw error;
}

function buildContext({ requestId, deadline }: InvokeMessage): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: config.functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: config.functionArn,
    memoryLimitInMB: String(config.memoryMb),
    awsRequestId: requestId,
    logGroupName: process.env["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: process.env["AWS_LAMBDA_LOG_STREAM_NAME"],
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

async function invokeHandler(handler: Handler, message: InvokeMessage): Promise<void> {
  try {
    const result = await handler(JSON.parse(message.event), buildContext(message));
    const json: string | undefined = JSON.stringify(result);
    post({ type: "result", json: json ?? "null" });
  } catch (error) {
    post({ type: "error", error: describe(error) });
  }
}

function fatal(error: FunctionError): void {
  post({ type: "fatal", error });
}

function start(): void {
  process.on("uncaughtException", (error) => fatal(describe(error)));
  process.on("unhandledRejection", (reason) =>
    fatal({
      errorType: "Runtime.UnhandledPromiseRejection",
      errorMessage: describe(reason).errorMessage,
    }),
  );
  try {
    const handler = loadHandler();
    parentPort?.on("message", (message: InvokeMessage) => {
      void invokeHandler(handler, message);
    });
    post({ type: "ready" });
  } catch (error) {
    fatal(describe(error));
  }
}

start();
