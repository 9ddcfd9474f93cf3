import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

/** Rows beyond what is seen that are drawn too, on each side. */
const SPARE = 6;

export interface RowWindow {
  /** Of the rows that are drawn, by their place. */
  readonly first: number;
  /** Behind the last of them. */
  readonly end: number;
  /** In pixels; the style's `--row`. */
  readonly rowHeight: number;
}

/**
 * Which of many rows of one height are seen in a scrolled element, so that only these are drawn. The element's
 * style says their height as `--row`, in rem.
 */
export function useRowWindow(scroller: RefObject<HTMLElement | null>, count: number): RowWindow {
  const [seen, setSeen] = useState({ first: 0, rows: 0, rowHeight: 36 });
  // Without a list of dependencies: the element may be another after each render.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const look = () => {
      const rowHeight = rowHeightOf(element);
      const first = Math.floor(element.scrollTop / rowHeight);
      const rows = Math.ceil(element.clientHeight / rowHeight);
      setSeen((old) =>
        old.first === first && old.rows === rows && old.rowHeight === rowHeight
          ? old
          : { first, rows, rowHeight },
      );
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  });
  return {
    first: Math.max(0, seen.first - SPARE),
    end: Math.min(count, seen.first + seen.rows + SPARE),
    rowHeight: seen.rowHeight,
  };
}

function rowHeightOf(element: HTMLElement): number {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Number.parseFloat(getComputedStyle(element).getPropertyValue("--row")) * rem;
}

/** The places of the rows to draw: those that are seen, and one that must be there wherever it is. */
export function drawnRows({ first, end }: RowWindow, always: number | undefined): number[] {
  const rows = Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
  if (always === undefined || (always >= first && always < end)) return rows;
  return always < first ? [always, ...rows] : [...rows, always];
}
