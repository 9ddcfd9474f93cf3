import { useMemo } from "preact/hooks";
import type { Route } from "../../core/model/route.ts";
import { type Explanation, explain } from "../../core/policy-files/explain/explain.ts";
import { Mark } from "../matrix/mark.tsx";
import type { CellKey } from "../matrix/model.ts";
import type { Side } from "../matrix/sides.ts";
import { PolicyShown } from "./policy-shown.tsx";
import { Steps } from "./steps.tsx";
import { callerOf, pathOf, type Supposed } from "./suppose.ts";

interface AnswerProps {
  readonly side: Side;
  /** What tells it from the other that is shown; undefined where there is none. */
  readonly name: string | undefined;
  readonly cell: CellKey;
  readonly route: Route;
  readonly supposed: Supposed;
}

/** What the supposed request gets, and why. */
export function Answer({ side, name, cell, route, supposed }: AnswerProps) {
  const found = useMemo(() => {
    const request = { method: route.method, path: pathOf(route, supposed.values) };
    return explain(side.set.rules, side.set.standOf(side.tenant), callerOf(side, cell, supposed), request);
  }, [side.set, side.tenant, cell, route, supposed]);
  const isAllowed = found.simulation.outcome !== "denied" && found.simulation.outcome !== "unknown-route";
  return (
    <section class="answer" aria-label={name === undefined ? "The answer" : `The answer in ${name}`}>
      {name !== undefined && <h4>{name}</h4>}
      <p class="request">
        <code>{found.request}</code>
      </p>
      <p class={`verdict ${isAllowed ? "yes" : "no"}`} role="status">
        <Mark kind={isAllowed ? "allowed" : "denied"} /> {verdictOf(found)}
      </p>
      <Steps steps={found.steps} isAllowed={isAllowed} files={side.set.files} />
      {"response" in found.simulation && <PolicyShown simulation={found.simulation} />}
    </section>
  );
}

function verdictOf({ simulation }: Explanation): string {
  switch (simulation.outcome) {
    case "unknown-route":
      return "Refused: the API has no such route";
    case "public":
      return "Public: no authorizer is asked";
    case "external":
      return "Left to another authorizer";
    case "allowed":
      return "Allowed";
    default:
      return `Refused: ${(simulation.reason ?? "").replaceAll("_", " ")}`;
  }
}
