import { useRef } from "preact/hooks";
import type { LiveDecision } from "../../core/policy-files/live-events.ts";
import { useRowWindow } from "../parts/row-window.ts";
import { COLUMNS, DecisionRow } from "./decision-row.tsx";

interface ListProps {
  /** The newest first. */
  readonly decisions: readonly LiveDecision[];
  /** Called on each scroll, with whether the newest row is out of sight. */
  onScrolled(scrolled: boolean): void;
}

/** Shows the decisions as a table that draws only the visible rows. */
export function DecisionList({ decisions, onScrolled }: ListProps) {
  const scroller = useRef<HTMLElement>(null);
  const { first, end, rowHeight } = useRowWindow(scroller, decisions.length);
  return (
    <section
      ref={scroller}
      class="decisions"
      aria-label="Decisions, the newest first"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      onScroll={(event) => onScrolled(event.currentTarget.scrollTop > rowHeight / 2)}
    >
      <div class="all-rows" style={{ height: `calc(${decisions.length * rowHeight}px + 2.25rem)` }}>
        <table aria-rowcount={decisions.length + 1} style={{ marginTop: `${first * rowHeight}px` }}>
          <thead>
            <tr aria-rowindex={1}>
              {COLUMNS.map((name) => (
                <th key={name} scope="col" class={`cell-${name.toLowerCase()}`}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {decisions.slice(first, end).map((decision, index) => (
              <DecisionRow key={decision.requestId} decision={decision} index={first + index + 2} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
