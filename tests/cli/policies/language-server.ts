import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

/** A running yaml-language-server, over standard input and output. */
export interface LanguageServer {
  request(method: string, params: object): Promise<unknown>;
  notify(method: string, params: object): void;
  /** Waits for the notification of a method that a condition accepts. */
  notified<T>(method: string, accepts: (params: T) => boolean): Promise<T>;
  stop(): Promise<void>;
}

/** Starts the server. It downloads nothing: the files name their schemas. */
export function startLanguageServer(): LanguageServer {
  const root = createRequire(import.meta.url).resolve("yaml-language-server/package.json");
  const server = spawn(process.execPath, [join(root, "../bin/yaml-language-server"), "--stdio"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const received: Message[] = [];
  const waiting = new Set<() => void>();
  readMessages(server, (message) => {
    received.push(message);
    // The server asks its client for settings; without an answer it waits.
    if (message.id !== undefined && message.method !== undefined)
      send({
        id: message.id,
        result: message.method === "workspace/configuration" ? [{}, {}, {}, {}, {}] : null,
      });
    for (const wake of waiting) wake();
  });
  const send = (message: object): void => {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    server.stdin?.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  };
  const find = <T>(pick: (message: Message) => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = received.map(pick).find((value) => value !== undefined);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  let last = 0;
  return {
    request(method, params) {
      last += 1;
      const id = last;
      send({ id, method, params });
      return find((message) =>
        message.id === id && message.method === undefined ? [message.result] : undefined,
      ).then(([result]) => result);
    },
    notify: (method, params) => send({ method, params }),
    notified: <T>(method: string, accepts: (params: T) => boolean) =>
      find((message) =>
        message.method === method && accepts(message.params as T) ? (message.params as T) : undefined,
      ),
    async stop() {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill();
      await ended;
    },
  };
}

function readMessages({ stdout }: ChildProcess, take: (message: Message) => void): void {
  let buffer = Buffer.alloc(0);
  stdout?.on("data", (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const end = buffer.indexOf("\r\n\r\n");
      const length = Number(
        /Content-Length: (\d+)/i.exec(buffer.toString("latin1", 0, Math.max(end, 0)))?.[1],
      );
      if (end < 0 || buffer.length < end + 4 + length) return;
      take(JSON.parse(buffer.toString("utf8", end + 4, end + 4 + length)) as Message);
      buffer = buffer.subarray(end + 4 + length);
    }
  });
}
