import { isOurScheme } from "../../../core/policy-files/openapi/external-auth.ts";
import { shellQuote } from "../../../core/policy-files/source/shell-quote.ts";
import { type AuthorizerShape, lambdaAuthorizers } from "../api-shape.ts";
import { type Check, type DoctorFinding, error, examineRead, warning } from "../check.ts";
import { importAgain } from "../fixes.ts";
import type { ApiReading, ApiState } from "../state.ts";

export const authorizers = {
  name: "authorizers",
  claim: "each group has its authorizer, with the identity sources and the TTL of the build",
  find: (state: ApiState) =>
    examineRead(state.api, (api) => {
      const { authorizers: wanted } = state.build.shape;
      const found = api.shape.authorizers;
      const ours = [...wanted].filter(([name]) => isOurScheme(name));
      const unknown = [...found.keys()].filter((name) => isOurScheme(name) && !wanted.has(name));
      return [
        ...ours.flatMap(([name, built]) => compare(name, built, found.get(name), api, state)),
        ...unknown.map((name) => warning(`${name} belongs to no group of this build`, importAgain(state))),
        ...differentTtls(
          lambdaAuthorizers(state.build.shape).map(([name]) => name),
          api,
          state,
        ),
      ];
    }),
} satisfies Check;

function compare(
  name: string,
  built: AuthorizerShape,
  found: AuthorizerShape | undefined,
  api: ApiReading,
  state: ApiState,
): DoctorFinding[] {
  if (found === undefined) return [error(`not found: the authorizer ${name}`, importAgain(state))];
  const expected = built.sources.join(",");
  const actual = found.sources.join(",");
  return [
    ...(found.type === built.type
      ? []
      : [
          error(
            `${name} has the type ${found.type}, but must have the type ${built.type}`,
            importAgain(state),
          ),
        ]),
    ...(actual === expected
      ? []
      : [
          error(
            `${name} caches by ${actual || "nothing"}, but must cache by ${expected}: another caller or route could get a cached response`,
            update(name, "identitySource", expected, api, state),
          ),
        ]),
    ...(built.type === "JWT" ? [] : compareTtl(name, found, api, state)),
  ];
}

function compareTtl(
  name: string,
  { ttl }: AuthorizerShape,
  api: ApiReading,
  state: ApiState,
): DoctorFinding[] {
  const expected = expectedTtl(state);
  if (expected === undefined || ttl === expected) return [];
  return [
    error(
      `${name} caches for ${ttl} s, but must cache for ${expected} s`,
      update(name, "authorizerResultTtlInSeconds", String(expected), api, state),
    ),
  ];
}

/** Terraform's staleness is the sum of this TTL and the function's. Returns undefined if the staleness is not known. */
function expectedTtl({ target, build, config }: ApiState): number | undefined {
  if (build.mode === "off") return 0;
  if (target.stalenessSeconds === undefined || "failure" in config) return undefined;
  return target.stalenessSeconds - config.value.table.permissionsTtlSeconds;
}

/** If the expected TTL is not known, all authorizers must at least have the same TTL above 0. */
function differentTtls(names: readonly string[], { shape }: ApiReading, state: ApiState): DoctorFinding[] {
  if (expectedTtl(state) !== undefined) return [];
  const found = names.flatMap((name) => shape.authorizers.get(name) ?? []).map(({ ttl }) => ttl);
  const distinct = [...new Set(found)].sort();
  if (distinct.length <= 1 && !distinct.includes(0)) return [];
  return [
    error(
      `the groups' authorizers cache for ${distinct.join(", ")} s: expected the same number above 0 for all`,
      importAgain(state),
    ),
  ];
}

function update(name: string, member: string, value: string, api: ApiReading, state: ApiState): string {
  if (state.target.adopted || state.build.http) return importAgain(state);
  const id = api.authorizerIds.get(name) ?? "";
  const operation = JSON.stringify([{ op: "replace", path: `/${member}`, value }]);
  return `aws apigateway update-authorizer --rest-api-id ${shellQuote(state.target.api)} --authorizer-id ${shellQuote(id)} --patch-operations ${shellQuote(operation)}`;
}
