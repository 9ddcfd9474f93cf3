import { type ClientRequest, request } from "node:http";

/** One server-sent event, or a comment (`event` is then empty). */
export interface ReceivedEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: unknown;
}

/** A client of the console's event stream. */
export class Listener {
  readonly received: ReceivedEvent[] = [];
  text = "";
  ended = false;
  readonly #request: ClientRequest;

  constructor(origin: string, headers: Record<string, string> = {}) {
    this.#request = request(`${origin}/_portcullis/console/events`, { headers, agent: false }, (response) => {
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => this.#read(chunk));
      response.on("close", () => (this.ended = true));
      response.on("error", () => undefined);
    });
    this.#request.on("error", () => (this.ended = true));
    this.#request.end();
  }

  #rest = "";
  #read(chunk: string): void {
    this.text += chunk;
    const parts = (this.#rest + chunk).split("\n\n");
    this.#rest = parts.pop() ?? "";
    this.received.push(...parts.map(parseEvent));
  }

  of<T>(event: string): T[] {
    return this.received.filter((one) => one.event === event).map(({ data }) => data as T);
  }

  /** Waits until `find` returns a value. @throws after ten seconds */
  async until<T>(find: () => T | undefined | false): Promise<T> {
    for (let tries = 0; tries < 400; tries++) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`The expected event did not arrive: ${this.text.slice(-2_000)}`);
  }

  close(): void {
    this.#request.destroy();
  }
}

function parseEvent(text: string): ReceivedEvent {
  const field = (name: string): string | undefined =>
    text
      .split("\n")
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  const data = field("data");
  return {
    id: field("id"),
    event: field("event") ?? "",
    data: data === undefined ? undefined : JSON.parse(data),
  };
}
