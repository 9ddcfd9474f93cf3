import { OPEN } from "../api-shape.ts";
import { type Check, type DoctorFinding, error, given, note, warning } from "../check.ts";
import { importAgain } from "../fixes.ts";
import { preflightPaths } from "../read-preflights.ts";
import type { ApiReading, PreflightReading, State } from "../state.ts";

export const preflight: Check = {
  name: "preflight",
  claim: "every path answers a browser's preflight, without an authorizer, with its methods",
  theirsIfAdopted: true,
  find: (state) => [
    ...given(state.api, (api) => preflightPaths(state.policies).flatMap((path) => defined(path, api, state))),
    ...answered(state),
  ],
};

/** The methods that the policy files have on a path. */
const methodsOn = (path: string, { policies }: State): string[] =>
  policies.api.operations.filter(({ route }) => route.path === path).map(({ route }) => route.method);

function defined(path: string, { shape, preflights }: ApiReading, state: State): DoctorFinding[] {
  const guard = shape.guards.get(`OPTIONS ${path}`);
  if (guard === undefined) return [error(`not found: OPTIONS ${path}`, importAgain(state))];
  if (guard !== OPEN)
    return [
      error(`OPTIONS ${path} is behind ${guard}, and browsers ask without a token`, importAgain(state)),
    ];
  const { mock, methods: named } = preflights.get(path) ?? { mock: false, methods: undefined };
  if (!mock) return [error(`OPTIONS ${path} calls a backend, and has no authorizer`, importAgain(state))];
  const missing =
    named === undefined ? [] : methodsOn(path, state).filter((method) => !named.includes(method));
  return missing.length === 0
    ? []
    : [error(`OPTIONS ${path} does not name ${missing.join(", ")}`, importAgain(state))];
}

function answered(state: State): readonly DoctorFinding[] {
  const { preflights } = state;
  if (preflights === null) return [note("no URL to ask a preflight of; --url has it asked")];
  if ("failure" in preflights)
    return [warning(`it was not asked: ${preflights.failure.why}`, preflights.failure.fix)];
  return preflights.value.flatMap((reading) => answer(reading, state));
}

function answer({ path, status, methods }: PreflightReading, state: State): DoctorFinding[] {
  if (status !== 200 && status !== 204)
    return [error(`OPTIONS ${path} is answered with ${status}`, importAgain(state))];
  const missing = methodsOn(path, state).filter(
    (method) => !methods.includes(method) && !methods.includes("*"),
  );
  return missing.length === 0
    ? []
    : [error(`the answer to OPTIONS ${path} does not name ${missing.join(", ")}`, importAgain(state))];
}
