/** A fixed number of slots. Callers wait while all slots are taken, and are turned away when the queue is full. */
export interface Concurrency {
  /** Waits for a slot. Returns false if there is none; a caller that gets one must call `leave`. */
  enter(): Promise<boolean>;
  leave(): void;
  /** Turns all waiting callers away. */
  close(): void;
}

/** Creates `limit` slots with a queue for `queueLimit` more callers, first in, first out. */
export function createConcurrency(limit: number, queueLimit: number): Concurrency {
  const waiting: ((admitted: boolean) => void)[] = [];
  let running = 0;
  return {
    async enter() {
      if (running >= limit) {
        if (waiting.length >= queueLimit) return false;
        // A caller that leaves passes its slot on, so `running` does not change.
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
