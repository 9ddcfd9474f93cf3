import { isOurScheme } from "../../../core/policy-files/openapi/external-auth.ts";
import { shellQuote } from "../../../core/policy-files/source/shell-quote.ts";
import type { AuthorizerShape } from "../api-shape.ts";
import { type Check, type DoctorFinding, error, examineRead, warning } from "../check.ts";
import { importAgain } from "../fixes.ts";
import type { ApiReading, State } from "../state.ts";

export const authorizers: Check = {
  name: "authorizers",
  claim: "each group has its authorizer, with the identity sources and the TTL of the build",
  find: (state) =>
    examineRead(state.api, (api) => {
      const { authorizers: wanted } = state.build.shape;
      const found = api.shape.authorizers;
      const ours = [...wanted].filter(([name]) => isOurScheme(name));
      const unknown = [...found.keys()].filter((name) => isOurScheme(name) && !wanted.has(name));
      return [
        ...ours.flatMap(([name, built]) => compare(name, built, found.get(name), api, state)),
        ...unknown.map((name) => warning(`${name} belongs to no group of this build`, importAgain(state))),
        ...differentTtls(
          ours.map(([name]) => name),
          api,
          state,
        ),
      ];
    }),
};

function compare(
  name: string,
  built: AuthorizerShape,
  found: AuthorizerShape | undefined,
  api: ApiReading,
  state: State,
): DoctorFinding[] {
  if (found === undefined) return [error(`not found: the authorizer ${name}`, importAgain(state))];
  const expected = built.sources.join(",");
  const actual = found.sources.join(",");
  return [
    ...(found.type === "REQUEST"
      ? []
      : [error(`${name} has the type ${found.type}, but must have the type REQUEST`, importAgain(state))]),
    ...(actual === expected
      ? []
      : [
          error(
            `${name} caches by ${actual || "nothing"}, but must cache by ${expected}: another caller or route could get a cached response`,
            update(name, "identitySource", expected, api, state),
          ),
        ]),
    ...compareTtl(name, found, api, state),
  ];
}

function compareTtl(name: string, { ttl }: AuthorizerShape, api: ApiReading, state: State): DoctorFinding[] {
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
function expectedTtl({ target, build, config }: State): number | undefined {
  if (build.mode === "off") return 0;
  if (target.stalenessSeconds === undefined || "failure" in config) return undefined;
  return target.stalenessSeconds - config.value.table.permissionsTtlSeconds;
}

/** If the expected TTL is not known, all authorizers must at least have the same TTL above 0. */
function differentTtls(names: readonly string[], { shape }: ApiReading, state: State): DoctorFinding[] {
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

function update(name: string, member: string, value: string, api: ApiReading, state: State): string {
  if (state.target.adopted) return importAgain(state);
  const id = api.authorizerIds.get(name) ?? "";
  const operation = JSON.stringify([{ op: "replace", path: `/${member}`, value }]);
  return `aws apigateway update-authorizer --rest-api-id ${shellQuote(state.target.api)} --authorizer-id ${shellQuote(id)} --patch-operations ${shellQuote(operation)}`;
}
