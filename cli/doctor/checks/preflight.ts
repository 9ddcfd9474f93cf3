import { OPEN } from "../api-shape.ts";
import { type Check, type DoctorFinding, error, examineRead, unchecked, warning } from "../check.ts";
import { importAgain } from "../fixes.ts";
import { preflightPaths } from "../readers/preflights.ts";
import type { ApiReading, PreflightReading, State } from "../state.ts";

export const preflight: Check = {
  name: "preflight",
  claim: "every path responds to a browser's preflight with its methods, without an authorizer",
  theirsIfAdopted: true,
  find: (state) => [
    ...examineRead(state.api, (api) =>
      preflightPaths(state.policies).flatMap((path) => checkDefinition(path, api, state)),
    ),
    ...checkResponses(state),
  ],
};

/** Returns the methods that the policy files declare on a path. */
const methodsOn = (path: string, { policies }: State): string[] =>
  policies.api.operations.filter(({ route }) => route.path === path).map(({ route }) => route.method);

function checkDefinition(path: string, { shape, preflights }: ApiReading, state: State): DoctorFinding[] {
  const guard = shape.guards.get(`OPTIONS ${path}`);
  if (guard === undefined) return [error(`not found: OPTIONS ${path}`, importAgain(state))];
  if (guard !== OPEN)
    return [
      error(
        `OPTIONS ${path} is behind ${guard}, but browsers send no token with a preflight`,
        importAgain(state),
      ),
    ];
  const { mock, methods: named } = preflights.get(path) ?? { mock: false, methods: undefined };
  if (!mock) return [error(`OPTIONS ${path} calls a backend without an authorizer`, importAgain(state))];
  const missing =
    named === undefined ? [] : methodsOn(path, state).filter((method) => !named.includes(method));
  return missing.length === 0
    ? []
    : [error(`OPTIONS ${path} does not name ${missing.join(", ")}`, importAgain(state))];
}

function checkResponses(state: State): readonly DoctorFinding[] {
  const { preflights } = state;
  if (preflights === null)
    return [unchecked("no preflight was sent, because no URL is known: name it with --url")];
  if ("failure" in preflights)
    return [warning(`no preflight could be sent: ${preflights.failure.why}`, preflights.failure.fix)];
  return preflights.value.flatMap((reading) => checkResponse(reading, state));
}

function checkResponse({ path, status, methods }: PreflightReading, state: State): DoctorFinding[] {
  if (status !== 200 && status !== 204)
    return [error(`the response to OPTIONS ${path} has the status ${status}`, importAgain(state))];
  const missing = methodsOn(path, state).filter(
    (method) => !methods.includes(method) && !methods.includes("*"),
  );
  return missing.length === 0
    ? []
    : [error(`the response to OPTIONS ${path} does not name ${missing.join(", ")}`, importAgain(state))];
}
