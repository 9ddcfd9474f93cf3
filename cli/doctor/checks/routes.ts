import { isAlwaysDeployed } from "../../../core/policy-files/model/operation.ts";
import { isOurScheme } from "../../../core/policy-files/openapi/external-auth.ts";
import { OPEN } from "../api-shape.ts";
import { type Check, type DoctorFinding, error, examineRead } from "../check.ts";
import { importAgain } from "../fixes.ts";
import { preflightPaths } from "../readers/preflights.ts";
import type { ApiState } from "../state.ts";

export const routes = {
  name: "routes",
  claim:
    "every route of the policy files exists behind its group's authorizer, and there are no other routes",
  find: (state: ApiState) =>
    examineRead(state.api, ({ shape: { guards } }) => {
      const expected = state.policies.api.operations.filter(
        (operation) => isAlwaysDeployed(operation) || guards.has(operation.route.key),
      );
      const declared = new Set<string>(expected.map(({ route }) => route.key));
      return [
        ...[...declared].flatMap((route) => checkRoute(route, guards.get(route), state)),
        ...[...guards]
          .filter(([route]) => !declared.has(route) && !isPreflight(route, state))
          .map(([route, guard]) => unknownRoute(route, guard, state)),
      ];
    }),
} satisfies Check;

/** The check "preflight" covers these routes. In an adopted API its owner is responsible for every OPTIONS. */
const isPreflight = (route: string, { target, policies }: ApiState): boolean =>
  route.startsWith("OPTIONS ") &&
  (target.adopted ||
    policies.api.operations.some((one) => !isAlwaysDeployed(one) && route === `OPTIONS ${one.route.path}`) ||
    preflightPaths(policies).some((path) => route === `OPTIONS ${path}`));

/** For an external route only the API's own document names the authorizer. */
function checkRoute(route: string, found: string | undefined, state: ApiState): DoctorFinding[] {
  const wanted = state.build.shape.guards.get(route);
  const fix = importAgain(state);
  if (wanted === undefined)
    return [error(`${route} is in the policy files, but not in the build`, "npx portcullis build")];
  if (found === undefined) return [error(`not found: the route ${route}`, fix)];
  if (found === wanted) return [];
  if (wanted === OPEN)
    return [error(`${route} is public, but behind ${found}: callers without a token get 401`, fix)];
  if (found === OPEN)
    return [error(`${route} has no authorizer, so it is open to everyone: it must have ${wanted}`, fix)];
  const external = !isOurScheme(wanted);
  if (external && !isOurScheme(found)) return [];
  const expected = external ? "must have another authorizer (auth: external)" : `must be behind ${wanted}`;
  return [error(`${route} ${expected}, but is behind ${found}`, fix)];
}

function unknownRoute(route: string, guard: string, state: ApiState): DoctorFinding {
  const access = guard === OPEN ? "is open to everyone" : `is behind ${guard}`;
  const [method = "", path = ""] = route.split(" ");
  return error(
    `${route} is in no policy file, and ${access}`,
    `declare it in policies/api.yaml, or remove it: the method ${method} of ${path}, then ${importAgain(state)}`,
  );
}
