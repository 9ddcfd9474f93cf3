import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { CellKey } from "../matrix/model.ts";
import type { Side } from "../matrix/sides.ts";
import { CallerForm } from "./caller-form.tsx";
import { Decision } from "./decision.tsx";
import type { RecordedRequest } from "./recorded.ts";
import { createScenario, findRoute, recordedScenario } from "./scenario.ts";

interface WhyPanelProps {
  /** One side, or the two that are compared. */
  readonly sides: readonly Side[];
  /** The names of two compared sides; empty if there is one side. */
  readonly names: readonly string[];
  readonly cell: CellKey;
  /** The request that the running stack recorded; undefined for an example. */
  readonly recorded: RecordedRequest | undefined;
  onClose(): void;
}

/** Explains the decision for a role and a route: the steps, the lines of the files, and the returned policy. */
export function WhyPanel({ sides, names, cell, recorded, onClose }: WhyPanelProps) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const side = sides.find((one) => findRoute(one, cell) !== undefined);
  const [scenario, setScenario] = useState(() => side && startScenario(side, cell, recorded));
  const openedFromCell = useRef(document.activeElement?.getAttribute("role") === "gridcell");
  useEffect(() => {
    if (openedFromCell.current) heading.current?.focus();
  }, []);
  const route = side && findRoute(side, cell);
  return (
    <section
      class="why panel"
      aria-labelledby={id}
      onKeyDown={(event) => event.key === "Escape" && !event.defaultPrevented && onClose()}
    >
      <div class="why-head">
        <h3 id={id} ref={heading} tabIndex={-1}>
          Why: {cell.role}, <code>{cell.route}</code>
        </h3>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      {route === undefined || scenario === undefined ? (
        <p>The API does not have this route.</p>
      ) : (
        <>
          <CallerForm
            sides={sides}
            route={route}
            scenario={scenario}
            time={recorded?.time}
            onChange={setScenario}
          />
          {sides.map((one, index) => (
            <Decision
              key={`${one.set.name} ${one.tenant} ${names[index]}`}
              side={one}
              name={names[index]}
              cell={cell}
              route={route}
              scenario={scenario}
            />
          ))}
        </>
      )}
    </section>
  );
}

const startScenario = (side: Side, cell: CellKey, recorded: RecordedRequest | undefined) =>
  recorded === undefined ? createScenario(side, cell) : recordedScenario(side, cell, recorded);
