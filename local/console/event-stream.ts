import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Server-sent events for any number of listeners, of which none can hold up the others. */
export interface EventStream {
  /** To all listeners, and to later ones as long as it is among the last. */
  publish(event: string, data: unknown): void;
  /** To all listeners, and to every later one until another of the same subject takes its place. */
  state(subject: string, event: string, data: unknown): void;
  /** Answers a request with the stream: what stands, the last events after the one named by Last-Event-ID, and all that follow. */
  listen(request: IncomingMessage, response: ServerResponse): void;
  readonly listeners: number;
  close(): void;
}

export interface EventStreamOptions {
  /** How many published events a new listener is told. */
  readonly keep?: number;
  /** Beyond these a listener is answered 503. */
  readonly maxListeners?: number;
  /** A listener that leaves more bytes than these unread is dropped; it may come again. */
  readonly maxUnread?: number;
  /** Between comments that keep the connection open, in ms. */
  readonly heartbeat?: number;
}

const HEADERS = { "content-type": "text/event-stream; charset=utf-8", connection: "close" };

export function createEventStream({
  keep = 200,
  maxListeners = 32,
  maxUnread = 1_048_576,
  heartbeat = 15_000,
}: EventStreamOptions = {}): EventStream {
  // Ids of another run say nothing of this one's.
  const run = randomUUID();
  const listening = new Set<ServerResponse>();
  const states = new Map<string, string>();
  const recent: { readonly number: number; readonly text: string }[] = [];
  let count = 0;
  const beat = setInterval(() => toAll(": still here\n\n"), heartbeat).unref();

  function toAll(text: string): void {
    for (const listener of listening) {
      listener.write(text);
      if (listener.writableLength > maxUnread) drop(listener);
    }
  }

  function drop(listener: ServerResponse): void {
    listening.delete(listener);
    listener.destroy();
  }

  function missed(request: IncomingMessage): string {
    const [of, number] = String(request.headers["last-event-id"] ?? "").split("/");
    const seen = of === run ? Number(number) : 0;
    const events = recent.filter((event) => event.number > seen).map(({ text }) => text);
    return [...states.values(), ...events].join("");
  }

  return {
    publish(event, data) {
      const number = ++count;
      const text = `id: ${run}/${number}\n${message(event, data)}`;
      recent.push({ number, text });
      if (recent.length > keep) recent.shift();
      toAll(text);
    },
    state(subject, event, data) {
      states.set(subject, message(event, data));
      toAll(message(event, data));
    },
    listen(request, response) {
      if (listening.size >= maxListeners) return void response.writeHead(503).end();
      response.writeHead(200, HEADERS);
      response.flushHeaders();
      if (request.method === "HEAD") return void response.end();
      listening.add(response);
      response.on("close", () => listening.delete(response));
      response.on("error", () => listening.delete(response));
      response.write(`retry: 1000\n\n${missed(request)}`);
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

/** JSON has no line end of its own, so one `data:` line holds it. */
const message = (event: string, data: unknown): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
