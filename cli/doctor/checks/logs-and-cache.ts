import { shellQuote } from "../../../core/policy-files/source/shell-quote.ts";
import { type Check, type DoctorFinding, error, examineBoth, examineRead, joinNames } from "../check.ts";
import { deployAgain } from "../fixes.ts";
import type { StageReading, State } from "../state.ts";

export const responseCache: Check = {
  name: "response-cache",
  claim: "API Gateway caches no backend responses, because that cache does not distinguish callers",
  find: (state) =>
    examineRead(state.stage, ({ cacheCluster, methods }) => [
      ...settingsOn(
        methods,
        ({ caching }) => caching,
        "caches backend responses, which another caller may get",
        state,
      ),
      ...(cacheCluster
        ? [
            error(
              `stage ${state.target.stage} has a cache for backend responses`,
              `aws apigateway update-stage --rest-api-id ${shellQuote(state.target.api)} --stage-name ${shellQuote(state.target.stage)} --patch-operations op=replace,path=/cacheClusterEnabled,value=false`,
            ),
          ]
        : []),
    ]),
};

export const logs: Check = {
  name: "logs",
  claim:
    "the access log is on, API Gateway has a role to write it, and no log contains requests with their tokens",
  theirsIfAdopted: true,
  find: (state) =>
    examineBoth(state.stage, state.logRole, ({ accessLog, methods }, role) => [
      ...(accessLog
        ? []
        : [error(`stage ${state.target.stage} has no access log`, deployAgain(state.target))]),
      ...(role === undefined
        ? [
            error(
              "API Gateway has no role to write logs with in this account and region",
              'create it once with the module account-logging: docs/operations.md, "API Gateway\'s role for logs"',
            ),
          ]
        : []),
      ...settingsOn(methods, ({ dataTrace }) => dataTrace, "logs whole requests with their tokens", state),
    ]),
};

function settingsOn(
  methods: StageReading["methods"],
  isOn: (settings: StageReading["methods"][number]) => boolean,
  what: string,
  { target }: State,
): DoctorFinding[] {
  const names = methods.filter(isOn).map(({ name }) => name);
  return names.length === 0 ? [] : [error(`${joinNames(names)}: ${what}`, deployAgain(target))];
}
