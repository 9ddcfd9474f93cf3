import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

/** Rows that are drawn above and below the visible ones. */
const SPARE = 6;

export interface RowWindow {
  /** The index of the first row to draw. */
  readonly first: number;
  /** The index after the last row to draw. */
  readonly end: number;
  /** In pixels; from the style's `--row`. */
  readonly rowHeight: number;
}

/**
 * Returns which rows of a scrolled element to draw, so that a long list stays fast. All rows have one height, which the
 * element's style sets as `--row`, in rem.
 */
export function useRowWindow(scroller: RefObject<HTMLElement | null>, count: number): RowWindow {
  const [visible, setVisible] = useState({ first: 0, rows: 0, rowHeight: 36 });
  // No list of dependencies, because each render may create another element.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const measure = () => {
      const rowHeight = readRowHeight(element);
      const first = Math.floor(element.scrollTop / rowHeight);
      const rows = Math.ceil(element.clientHeight / rowHeight);
      setVisible((old) =>
        old.first === first && old.rows === rows && old.rowHeight === rowHeight
          ? old
          : { first, rows, rowHeight },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  });
  return {
    first: Math.max(0, visible.first - SPARE),
    end: Math.min(count, visible.first + visible.rows + SPARE),
    rowHeight: visible.rowHeight,
  };
}

function readRowHeight(element: HTMLElement): number {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Number.parseFloat(getComputedStyle(element).getPropertyValue("--row")) * rem;
}

/** Returns the indexes of the rows to draw: those of the window, and `always`, which may be outside it. */
export function drawnRows({ first, end }: RowWindow, always: number | undefined): number[] {
  const rows = Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
  if (always === undefined || (always >= first && always < end)) return rows;
  return always < first ? [always, ...rows] : [...rows, always];
}
