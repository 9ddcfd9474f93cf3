/** How often issuers were asked for their keys since somebody last wanted to know. */
export interface KeyRefreshes {
  count(failed: boolean): void;
  /** Begins to count anew. */
  take(): { readonly all: number; readonly failed: number };
}

/** A refresh may end between two requests, so it is counted apart from them; the next line of the log has it. */
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
