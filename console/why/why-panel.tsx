import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { CellKey } from "../matrix/model.ts";
import type { Side } from "../matrix/sides.ts";
import { Answer } from "./answer.tsx";
import { CallerForm } from "./caller-form.tsx";
import { routeOf, supposeFor } from "./suppose.ts";

interface WhyPanelProps {
  /** One, or the two that are compared. */
  readonly sides: readonly Side[];
  /** What the two are called; empty for one. */
  readonly names: readonly string[];
  readonly cell: CellKey;
  onClose(): void;
}

/** Why a role's request is answered as it is: the steps, the files' lines, and the policy that API Gateway gets. */
export function WhyPanel({ sides, names, cell, onClose }: WhyPanelProps) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const side = sides.find((one) => routeOf(one, cell) !== undefined);
  const [supposed, setSupposed] = useState(() => side && supposeFor(side, cell));
  const byPerson = useRef(document.activeElement?.getAttribute("role") === "gridcell");
  useEffect(() => {
    if (byPerson.current) heading.current?.focus();
  }, []);
  const route = side && routeOf(side, cell);
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
      {route === undefined || supposed === undefined ? (
        <p>The API has no such route.</p>
      ) : (
        <>
          <CallerForm route={route} supposed={supposed} onChange={setSupposed} />
          {sides.map((one, index) => (
            <Answer
              key={`${one.set.name} ${one.tenant} ${names[index]}`}
              side={one}
              name={names[index]}
              cell={cell}
              route={route}
              supposed={supposed}
            />
          ))}
        </>
      )}
    </section>
  );
}
