import type { LiveDecision } from "../../core/policy-files/live-events.ts";
import type { AccessLogEntry } from "../apigateway/shared/access-log.ts";
import { type AuthorizerLine, readAuthorizerLine, toLiveDecision, wasCalled } from "./decision.ts";

export interface DecisionJoin {
  accessLog(entry: AccessLogEntry): void;
  /** Takes any line of the functions' logs. */
  lambdaLog(text: string): void;
  /** The number of lines and entries that wait for their counterpart. */
  readonly waiting: number;
  /** Publishes the entries that still wait. */
  close(): void;
}

export interface JoinOptions {
  readonly onDecision: (decision: LiveDecision) => void;
  /** How long an entry waits for the authorizer's line, in ms: a worker's output may arrive after its result. */
  readonly patience?: number;
  /** The maximum number of waiting lines, and of waiting entries. */
  readonly capacity?: number;
}

/**
 * Joins the access log's entry and the authorizer's line of the same request to one decision. An entry from the
 * cache has no line. A line whose client went away has no entry, and is dropped when newer lines need its place.
 */
export function joinDecisions({ onDecision, patience = 300, capacity = 1_000 }: JoinOptions): DecisionJoin {
  /** The client of each token that was seen, by its id: a response from the cache has no line that names it. */
  const clients = new Map<string, string>();
  const lines = new Map<string, AuthorizerLine>();
  const entries = new Map<string, { readonly entry: AccessLogEntry; readonly timer: NodeJS.Timeout }>();

  function decisionOf(entry: AccessLogEntry, line: AuthorizerLine | undefined): LiveDecision {
    const { tokenId } = entry;
    if (tokenId === undefined) return toLiveDecision(entry, line);
    if (line?.client != null) clients.set(tokenId, line.client);
    const [oldest] = clients.keys();
    if (clients.size > capacity && oldest !== undefined) clients.delete(oldest);
    return toLiveDecision(entry, line, clients.get(tokenId));
  }

  function publish(requestId: string, line?: AuthorizerLine): void {
    const waiting = entries.get(requestId);
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    entries.delete(requestId);
    onDecision(decisionOf(waiting.entry, line));
  }

  function wait(requestId: string, entry: AccessLogEntry): void {
    const timer = setTimeout(() => publish(requestId), patience).unref();
    entries.set(requestId, { entry, timer });
    const [oldest] = entries.keys();
    if (entries.size > capacity && oldest !== undefined) publish(oldest);
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
      if (entries.has(line.requestId)) return publish(line.requestId, line);
      lines.set(line.requestId, line);
      const [oldest] = lines.keys();
      if (lines.size > capacity && oldest !== undefined) lines.delete(oldest);
    },
    get waiting() {
      return lines.size + entries.size;
    },
    close() {
      for (const requestId of [...entries.keys()]) publish(requestId);
    },
  };
}
