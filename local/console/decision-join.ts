import type { LiveDecision } from "../../core/policy-files/live-events.ts";
import type { AccessLogEntry } from "../apigateway/shared/access-log.ts";
import { type AuthorizerLine, decisionOf, readAuthorizerLine, wasCalled } from "./decision.ts";

export interface DecisionJoin {
  accessLog(entry: AccessLogEntry): void;
  /** Any line of the functions' logs. */
  lambdaLog(text: string): void;
  /** Lines and entries that wait for the other. */
  readonly waiting: number;
  /** Tells what still waits. */
  close(): void;
}

export interface JoinOptions {
  readonly onDecision: (decision: LiveDecision) => void;
  /** How long an entry waits for the authorizer's line, in ms: a worker's output may come after its answer. */
  readonly patience?: number;
  /** How many lines and how many entries wait at most. */
  readonly capacity?: number;
}

/**
 * Makes one decision of the access log's entry and the authorizer's line for the same request. An entry from the
 * cache has no line; a line whose client went away has no entry, and is forgotten when newer ones need its room.
 */
export function joinDecisions({ onDecision, patience = 300, capacity = 1_000 }: JoinOptions): DecisionJoin {
  const lines = new Map<string, AuthorizerLine>();
  const entries = new Map<string, { readonly entry: AccessLogEntry; readonly timer: NodeJS.Timeout }>();

  function tell(requestId: string, line?: AuthorizerLine): void {
    const waited = entries.get(requestId);
    if (waited === undefined) return;
    clearTimeout(waited.timer);
    entries.delete(requestId);
    onDecision(decisionOf(waited.entry, line));
  }

  function wait(requestId: string, entry: AccessLogEntry): void {
    const timer = setTimeout(() => tell(requestId), patience).unref();
    entries.set(requestId, { entry, timer });
    const [oldest] = entries.keys();
    if (entries.size > capacity && oldest !== undefined) tell(oldest);
  }

  return {
    accessLog(entry) {
      const id = entry.extendedRequestId;
      const line = lines.get(id);
      lines.delete(id);
      if (line === undefined && wasCalled(entry)) wait(id, entry);
      else onDecision(decisionOf(entry, line));
    },
    lambdaLog(text) {
      const line = readAuthorizerLine(text);
      if (line === undefined) return;
      if (entries.has(line.requestId)) return tell(line.requestId, line);
      lines.set(line.requestId, line);
      const [oldest] = lines.keys();
      if (lines.size > capacity && oldest !== undefined) lines.delete(oldest);
    },
    get waiting() {
      return lines.size + entries.size;
    },
    close() {
      for (const requestId of [...entries.keys()]) tell(requestId);
    },
  };
}
