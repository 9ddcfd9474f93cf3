import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Load, LoadMessage } from "./load-process.ts";

const PROCESS = fileURLToPath(new URL("load-process.ts", import.meta.url));

/** A process that contains the backend and the client. */
export interface LoadProcess {
  /** The backend's URL. */
  readonly backend: string;
  /** Sends a load and returns its duration in ms. @throws Error if a response is not the backend's */
  send(load: Load): Promise<number>;
  close(): void;
}

export async function startLoad(): Promise<LoadProcess> {
  const child = fork(PROCESS);
  const next = async (): Promise<LoadMessage> => ((await once(child, "message")) as [LoadMessage])[0];
  const first = await next();
  if (!("backend" in first)) throw new Error("The load process did not report its backend's URL");
  return {
    backend: first.backend,
    async send(load) {
      child.send(load);
      const message = await next();
      if (!("ms" in message))
        throw new Error("error" in message ? message.error : "The load process reported no duration");
      return message.ms;
    },
    close: () => child.disconnect(),
  };
}
