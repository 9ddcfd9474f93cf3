import { useLayoutEffect } from "preact/hooks";

/** Moves the focus to the content if a redraw removes the focused element, so that keyboard use can continue. */
export function useFocusFallback(): void {
  const { body } = document;
  const hadFocus = document.activeElement !== body;
  useLayoutEffect(() => {
    if (hadFocus && document.activeElement === body)
      document.getElementById("main")?.focus({ preventScroll: true });
  });
}
