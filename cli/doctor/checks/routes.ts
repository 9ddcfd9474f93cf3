import { isOurScheme } from "../../../core/policy-files/openapi/external-auth.ts";
import { OPEN } from "../api-shape.ts";
import { type Check, type DoctorFinding, error, given } from "../check.ts";
import { importAgain } from "../fixes.ts";
import { preflightPaths } from "../read-preflights.ts";
import type { State } from "../state.ts";

export const routes: Check = {
  name: "routes",
  claim: "every route of the policy files is there, behind its group's authorizer, and there is no other",
  find: (state) =>
    given(state.api, ({ shape: { guards } }) => {
      const declared = new Set<string>(state.policies.api.operations.map(({ route }) => route.key));
      return [
        ...[...declared].flatMap((route) => declaredRoute(route, guards.get(route), state)),
        ...[...guards]
          .filter(([route]) => !declared.has(route) && !isPreflight(route, state))
          .map(([route, guard]) => unknownRoute(route, guard, state)),
      ];
    }),
};

/** The preflight check looks at it. Of somebody else's API every OPTIONS is theirs. */
const isPreflight = (route: string, { target, policies }: State): boolean =>
  route.startsWith("OPTIONS ") &&
  (target.adopted || preflightPaths(policies).some((path) => route === `OPTIONS ${path}`));

/** Of an external route only the document knows the authorizer. */
function declaredRoute(route: string, found: string | undefined, state: State): DoctorFinding[] {
  const wanted = state.build.shape.guards.get(route);
  const fix = importAgain(state);
  if (wanted === undefined)
    return [error(`${route} is in the policy files, and not in the build`, "npx portcullis build")];
  if (found === undefined) return [error(`not found: the route ${route}`, fix)];
  if (found === wanted) return [];
  if (wanted === OPEN)
    return [error(`${route} is public, and behind ${found}: callers without a token get 401`, fix)];
  if (found === OPEN)
    return [error(`${route} has no authorizer: it lets everybody in; its own is ${wanted}`, fix)];
  const external = !isOurScheme(wanted);
  if (external && !isOurScheme(found)) return [];
  const whose = external ? "left to another authorizer (auth: external)" : `of ${wanted}`;
  return [error(`${route} is ${whose}, and behind ${found}`, fix)];
}

function unknownRoute(route: string, guard: string, state: State): DoctorFinding {
  const open = guard === OPEN ? ", and it lets everybody in" : `, behind ${guard}`;
  const [method = "", path = ""] = route.split(" ");
  return error(
    `${route} is in no policy file${open}`,
    `declare it in policies/api.yaml, or remove it: the method ${method} of ${path}, then ${importAgain(state)}`,
  );
}
