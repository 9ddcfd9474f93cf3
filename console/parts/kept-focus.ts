import { useLayoutEffect } from "preact/hooks";

/** Where what had the focus is gone after a change, the content has it: the keyboard goes on from there. */
export function useKeptFocus(): void {
  const { body } = document;
  const had = document.activeElement !== body;
  useLayoutEffect(() => {
    if (had && document.activeElement === body)
      document.getElementById("main")?.focus({ preventScroll: true });
  });
}
