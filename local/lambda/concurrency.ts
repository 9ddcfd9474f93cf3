/** Hands out a fixed number of slots; who comes too late waits, and who comes when too many wait is sent away. */
export interface Concurrency {
  /** Resolves to whether the caller got a slot, which it must then give back. */
  enter(): Promise<boolean>;
  leave(): void;
  /** Sends all who wait away. */
  close(): void;
}

/** Slots for `limit` at once and waiting room for `queueLimit` more, first come, first served. */
export function createConcurrency(limit: number, queueLimit: number): Concurrency {
  const waiting: ((admitted: boolean) => void)[] = [];
  let running = 0;
  return {
    async enter() {
      if (running >= limit) {
        if (waiting.length >= queueLimit) return false;
        // Who leaves passes the slot on, so `running` stays as it is.
        return await new Promise<boolean>((resolve) => waiting.push(resolve));
      }
      running++;
      return true;
    },
    leave() {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next(true);
    },
    close() {
      for (const next of waiting.splice(0)) next(false);
    },
  };
}
