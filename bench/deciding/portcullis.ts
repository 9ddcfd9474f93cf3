import { respondTo } from "../../core/decision/authorize.ts";
import { type Decision, decide } from "../../core/decision/decide.ts";
import { type Denial, isDenial } from "../../core/decision/denial.ts";
import { permissionsOf } from "../../core/decision/permissions.ts";
import type { Layout } from "../../core/model/layout.ts";
import type { Route } from "../../core/model/route.ts";
import { evaluatePolicy } from "../../core/policy/evaluate.ts";
import type { PolicyDocument } from "../../core/policy/policy-document.ts";
import { BASE, buildLayout, firstRoutes, loadApi, readStored, toCaller } from "../fixtures/compiled-api.ts";
import { examplePath } from "../fixtures/github.ts";
import type { Engine, Question } from "./engine.ts";

type Decisions = readonly (Decision | Denial)[];

/** Returns the authorizer's decision as engines: per group of routes, per route, and as each group's whole response in JSON. */
export function portcullisEngines(question: Question): readonly Engine[] {
  const policies = loadApi(question.api);
  const [layout, stored, caller] = [buildLayout(policies), readStored(policies), toCaller(question)];
  const decideFor = (routes: readonly Route[]): Decision | Denial => {
    const permissions = permissionsOf(caller, stored);
    return isDenial(permissions) ? permissions : decide(permissions, routes, layout);
  };
  const byGroup: Engine<Decisions> = {
    name: "Portcullis",
    kind: "ours",
    batch: true,
    decide: () => layout.groups.map(({ routes }) => decideFor(routes)),
    grantedKeys: keysInDecisions,
  };
  const byRoute: Engine<Decisions> = {
    name: "Portcullis, route by route",
    kind: "ours",
    decide: (routes) => routes.map((route) => decideFor([route])),
    grantedKeys: keysInDecisions,
  };
  const resolvedRoutes = firstRoutes(layout);
  const asJson: Engine<readonly string[]> = {
    name: "Portcullis, policies as JSON",
    kind: "ours",
    batch: true,
    decide: () =>
      resolvedRoutes.map((resolved) => JSON.stringify(respondTo(resolved, caller, stored, layout).response)),
    grantedKeys: (responses, routes) => keysAllowedBy(layout, responses, routes),
  };
  return [byGroup, byRoute, asJson];
}

const keysInDecisions = (decisions: Decisions): ReadonlySet<string> =>
  new Set(
    decisions.flatMap((decision) =>
      isDenial(decision) ? [] : decision.granted.map(({ route }) => route.key),
    ),
  );

/** Evaluates the policies for one request per route, and returns the keys of the allowed routes. */
function keysAllowedBy(
  { groups }: Layout,
  responses: readonly string[],
  routes: readonly Route[],
): Set<string> {
  const documents = responses.map(
    (response) => (JSON.parse(response) as { policyDocument: PolicyDocument }).policyDocument,
  );
  const isAllowed = ({ key, method, path }: Route): boolean => {
    const policy = documents[groups.findIndex((group) => group.routes.some((route) => route.key === key))];
    return (
      policy !== undefined &&
      evaluatePolicy(policy, `${BASE}/${method}${examplePath(path)}`).decision === "allow"
    );
  };
  return new Set(routes.filter(isAllowed).map(({ key }) => key));
}
