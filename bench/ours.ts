import { respondTo } from "../core/decision/authorize.ts";
import { type Decision, decide } from "../core/decision/decide.ts";
import { type Denial, isDenial } from "../core/decision/denial.ts";
import { permissionsOf } from "../core/decision/permissions.ts";
import type { Layout } from "../core/model/layout.ts";
import type { Route } from "../core/model/route.ts";
import { allowsEach } from "../core/policy/allows-each.ts";
import type { PolicyDocument } from "../core/policy/compile.ts";
import { BASE, callerOf, layoutOf, placesOf, policiesOf, storedOf } from "./compiled-api.ts";
import type { Engine, Question } from "./engine.ts";
import { exampleOf } from "./github.ts";

type Decided = readonly (Decision | Denial)[];

/** The authorizer's decision: a group of routes at once, route by route, and each group's whole answer as text. */
export function startOurs(question: Question): readonly Engine[] {
  const policies = policiesOf(question.api);
  const [layout, stored, caller] = [layoutOf(policies), storedOf(policies), callerOf(question)];
  const decided = (routes: readonly Route[]): Decision | Denial => {
    const permissions = permissionsOf(caller, stored);
    return isDenial(permissions) ? permissions : decide(permissions, routes, layout);
  };
  const byGroup: Engine<Decided> = {
    name: "Portcullis",
    kind: "ours",
    atOnce: true,
    ask: () => layout.groups.map(({ routes }) => decided(routes)),
    granted: grantedIn,
  };
  const byRoute: Engine<Decided> = {
    name: "Portcullis, route by route",
    kind: "ours",
    ask: (routes) => routes.map((route) => decided([route])),
    granted: grantedIn,
  };
  const places = placesOf(layout);
  const asText: Engine<readonly string[]> = {
    name: "Portcullis, policies as text",
    kind: "ours",
    atOnce: true,
    ask: () => places.map((resolved) => JSON.stringify(respondTo(resolved, caller, stored, layout).response)),
    granted: (answers, routes) => allowedBy(layout, answers, routes),
  };
  return [byGroup, byRoute, asText];
}

const grantedIn = (decided: Decided): ReadonlySet<string> =>
  new Set(decided.flatMap((one) => (isDenial(one) ? [] : one.granted.map(({ route }) => route.key))));

/** What the policies allow when they are evaluated for a request of each route. */
function allowedBy({ groups }: Layout, answers: readonly string[], routes: readonly Route[]): Set<string> {
  const documents = answers.map(
    (text) => (JSON.parse(text) as { policyDocument: PolicyDocument }).policyDocument,
  );
  const allowed = ({ key, method, path }: Route): boolean => {
    const policy = documents[groups.findIndex((group) => group.routes.some((route) => route.key === key))];
    return policy !== undefined && allowsEach(policy, [`${BASE}/${method}${exampleOf(path)}`]);
  };
  return new Set(routes.filter(allowed).map(({ key }) => key));
}
