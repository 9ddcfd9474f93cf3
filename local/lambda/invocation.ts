/** Lambda's error when a function fails or cannot be run. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** The result of one invocation; payload and error were passed as JSON strings. */
export type InvokeResult =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: FunctionError };

/** The configuration of a worker. */
export interface RuntimeConfig {
  readonly taskRoot: string;
  /** `{file without its extension}.{export}` */
  readonly handler: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
}

/** The message to the worker: one event. */
export interface InvokeMessage {
  readonly requestId: string;
  /** A JSON string. */
  readonly event: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/** A message from the worker. `fatal` ends the execution environment, `error` only the invocation. */
export type RuntimeMessage =
  | { readonly type: "ready" }
  | { readonly type: "result"; readonly json: string }
  | { readonly type: "error"; readonly error: FunctionError }
  | { readonly type: "fatal"; readonly error: FunctionError };

/** Builds the result of a failed invocation. */
export function failed(errorType: string, errorMessage: string): InvokeResult & { ok: false } {
  return { ok: false, error: { errorType, errorMessage } };
}
