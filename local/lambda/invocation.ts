/** What Lambda answers when a function fails, or cannot be run. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** The answer to one invocation; both payload and error have crossed as JSON text. */
export type InvokeResult =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly error: FunctionError };

/** What a worker needs to become an execution environment. */
export interface RuntimeConfig {
  readonly taskRoot: string;
  /** `{file without its extension}.{export}`. */
  readonly handler: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
}

/** To the worker: one event. */
export interface InvokeMessage {
  readonly requestId: string;
  /** JSON text. */
  readonly event: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/** From the worker. `fatal` ends the execution environment, `error` only the invocation. */
export type RuntimeMessage =
  | { readonly type: "ready" }
  | { readonly type: "result"; readonly json: string }
  | { readonly type: "error"; readonly error: FunctionError }
  | { readonly type: "fatal"; readonly error: FunctionError };

/** An invocation's failure. */
export function failed(errorType: string, errorMessage: string): InvokeResult & { ok: false } {
  return { ok: false, error: { errorType, errorMessage } };
}
