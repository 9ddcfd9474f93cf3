import { useMemo } from "preact/hooks";
import type { Route } from "../../core/model/route.ts";
import { type Explanation, explain } from "../../core/policy-files/explain/explain.ts";
import { Mark } from "../matrix/mark.tsx";
import type { CellKey } from "../matrix/model.ts";
import type { Side } from "../matrix/sides.ts";
import { buildPath } from "../request-path.ts";
import { PolicyPanel } from "./policy-panel.tsx";
import { buildCaller, type Scenario } from "./scenario.ts";
import { Steps } from "./steps.tsx";

interface DecisionProps {
  readonly side: Side;
  /** The name of this side of a comparison; undefined if there is one side. */
  readonly name: string | undefined;
  readonly cell: CellKey;
  readonly route: Route;
  readonly scenario: Scenario;
}

/** Shows the decision on the scenario's request, and explains it. */
export function Decision({ side, name, cell, route, scenario }: DecisionProps) {
  const found = useMemo(() => {
    const request = { method: route.method, path: buildPath(route, scenario.values) };
    const caller = buildCaller(side, cell, scenario);
    const state = side.set.membershipState(caller, scenario.at);
    return explain(side.set.rules, side.set.simulator(side.tenant), caller, request, state);
  }, [side.set, side.tenant, cell, route, scenario]);
  const isAllowed = found.simulation.outcome !== "denied" && found.simulation.outcome !== "unknown-route";
  return (
    <section class="decision" aria-label={name === undefined ? "Decision" : `Decision in ${name}`}>
      {name !== undefined && <h4>{name}</h4>}
      <p class="request">
        <code>{found.request}</code>
      </p>
      <p class={`verdict ${isAllowed ? "yes" : "no"}`} role="status">
        <Mark kind={isAllowed ? "allowed" : "denied"} /> {describeOutcome(found)}
      </p>
      <Steps steps={found.steps} files={side.set.files} />
      {"response" in found.simulation && <PolicyPanel simulation={found.simulation} />}
    </section>
  );
}

function describeOutcome({ simulation }: Explanation): string {
  switch (simulation.outcome) {
    case "unknown-route":
      return "Denied: the API does not have this route";
    case "public":
      return "Public: no authorizer is called";
    case "external":
      return "Guarded by another authorizer";
    case "allowed":
      return "Allowed";
    default:
      return `Denied: ${(simulation.reason ?? "").replaceAll("_", " ")}`;
  }
}
