import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Server-sent events for any number of listeners; a slow listener does not block the others. */
export interface EventStream {
  /** Sends an event to all listeners, and to later ones as long as it is one of the last events. */
  publish(event: string, data: unknown): void;
  /** Sends a state to all listeners, and to every later one until the next state of the same subject replaces it. */
  state(subject: string, event: string, data: unknown): void;
  /** Responds with the stream: all states, the last events after `Last-Event-ID`, and all that follow. */
  listen(request: IncomingMessage, response: ServerResponse): void;
  readonly listeners: number;
  close(): void;
}

export interface EventStreamOptions {
  /** The number of published events that a new listener gets. */
  readonly keep?: number;
  /** Further listeners get a 503. */
  readonly maxListeners?: number;
  /** A listener with more unread bytes is disconnected; it may connect again. */
  readonly maxUnread?: number;
  /** The interval between comments that keep the connection open, in ms. */
  readonly heartbeat?: number;
}

const HEADERS = { "content-type": "text/event-stream; charset=utf-8", connection: "close" };

export function createEventStream({
  keep = 200,
  maxListeners = 32,
  maxUnread = 1_048_576,
  heartbeat = 15_000,
}: EventStreamOptions = {}): EventStream {
  // The ids of another run do not apply to this one.
  const run = randomUUID();
  const listening = new Set<ServerResponse>();
  const states = new Map<string, string>();
  const recent: { readonly number: number; readonly text: string }[] = [];
  let count = 0;
  const beat = setInterval(() => broadcast(": still here\n\n"), heartbeat).unref();

  function broadcast(text: string): void {
    for (const listener of listening) {
      listener.write(text);
      if (listener.writableLength > maxUnread) disconnect(listener);
    }
  }

  function disconnect(listener: ServerResponse): void {
    listening.delete(listener);
    listener.destroy();
  }

  function replay(request: IncomingMessage): string {
    const [ofRun, number] = String(request.headers["last-event-id"] ?? "").split("/");
    const seen = ofRun === run ? Number(number) : 0;
    const events = recent.filter((event) => event.number > seen).map(({ text }) => text);
    return [...states.values(), ...events].join("");
  }

  return {
    publish(event, data) {
      const number = ++count;
      const text = `id: ${run}/${number}\n${formatEvent(event, data)}`;
      recent.push({ number, text });
      if (recent.length > keep) recent.shift();
      broadcast(text);
    },
    state(subject, event, data) {
      states.set(subject, formatEvent(event, data));
      broadcast(formatEvent(event, data));
    },
    listen(request, response) {
      if (listening.size >= maxListeners) return void response.writeHead(503).end();
      response.writeHead(200, HEADERS);
      response.flushHeaders();
      if (request.method === "HEAD") return void response.end();
      listening.add(response);
      response.on("close", () => listening.delete(response));
      response.on("error", () => listening.delete(response));
      response.write(`retry: 1000\n\n${replay(request)}`);
    },
    get listeners() {
      return listening.size;
    },
    close() {
      clearInterval(beat);
      for (const listener of listening) listener.end();
      listening.clear();
    },
  };
}

/** Formats an event. JSON has no unescaped line ends, so one `data:` line is enough. */
const formatEvent = (event: string, data: unknown): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
