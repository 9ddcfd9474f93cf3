import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";

export interface PostAnswer {
  readonly status: number;
  readonly text: string;
}

/** Posts to one URL, by connections that are kept. */
export interface Poster {
  /** @throws an error of Node's own, a `TimeoutError`, or the signal's reason */
  post(headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<PostAnswer>;
  destroy(): void;
}

/** In ms. */
export interface PostLimits {
  readonly connect: number;
  /** From the start to the answer's last byte. */
  readonly whole: number;
}

class PostTimeoutError extends Error {
  override readonly name = "TimeoutError";
}

export function poster(url: URL, limits: PostLimits): Poster {
  const secure = url.protocol === "https:";
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const open = secure ? httpsRequest : httpRequest;
  return {
    post: (headers, body, signal) =>
      new Promise((resolve, reject) => {
        const request = open(url, { method: "POST", agent, headers, signal });
        const limit = timeLimits(limits, (late) => {
          reject(late);
          request.destroy();
        });
        const fail = (error: Error): void => {
          limit.clear();
          reject(signal.aborted ? signal.reason : error);
        };
        request.on("error", fail);
        request.on("socket", limit.connecting);
        request.on("response", (response) => {
          readText(response).then((text) => {
            limit.clear();
            resolve({ status: response.statusCode ?? 0, text });
          }, fail);
        });
        request.end(body);
      }),
    destroy: () => agent.destroy(),
  };
}

function timeLimits({ connect, whole }: PostLimits, giveUp: (error: Error) => void) {
  const after = (ms: number, what: string): NodeJS.Timeout =>
    setTimeout(() => giveUp(new PostTimeoutError(`${what} within ${ms} ms`)), ms);
  const timers = [after(whole, "No whole answer")];
  return {
    connecting(socket: Socket): void {
      if (!socket.connecting) return;
      const timer = after(connect, "No connection");
      timers.push(timer);
      socket.once("connect", () => clearTimeout(timer));
    },
    clear(): void {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function readText(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response
      .on("data", (chunk: Buffer) => chunks.push(chunk))
      .on("end", () => resolve(Buffer.concat(chunks).toString("utf8")))
      .on("error", reject);
  });
}
