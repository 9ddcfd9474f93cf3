import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Load, LoadAnswer } from "./load-process.ts";

const PROCESS = fileURLToPath(new URL("load-process.ts", import.meta.url));

/** A process that is backend and client at once. */
export interface LoadProcess {
  /** Where the backend listens. */
  readonly backend: string;
  /** How long a load took, in ms. @throws where an answer is not the backend's */
  send(load: Load): Promise<number>;
  close(): void;
}

export async function startLoad(): Promise<LoadProcess> {
  const child = fork(PROCESS);
  const next = async (): Promise<LoadAnswer> => ((await once(child, "message")) as [LoadAnswer])[0];
  const first = await next();
  if (!("backend" in first)) throw new Error("The load's process did not start");
  return {
    backend: first.backend,
    async send(load) {
      child.send(load);
      const answer = await next();
      if (!("ms" in answer)) throw new Error("error" in answer ? answer.error : "No time was told");
      return answer.ms;
    },
    close: () => child.disconnect(),
  };
}
