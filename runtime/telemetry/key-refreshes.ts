/** Counter of the attempts to fetch issuers' keys. */
export interface KeyRefreshes {
  /** Counts one attempt. */
  count(failed: boolean): void;
  /** Returns the attempts since the last call, and sets the counter to 0. */
  take(): { readonly all: number; readonly failed: number };
}

/**
 * Creates a counter of key fetches. A fetch may end between two requests, so it is counted here, and the next log
 * line reports it.
 */
export function keyRefreshes(): KeyRefreshes {
  let counted = { all: 0, failed: 0 };
  return {
    count(failed) {
      counted = { all: counted.all + 1, failed: counted.failed + Number(failed) };
    },
    take() {
      const taken = counted;
      counted = { all: 0, failed: 0 };
      return taken;
    },
  };
}
