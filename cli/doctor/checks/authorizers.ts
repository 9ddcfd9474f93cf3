import { isOurScheme } from "../../../core/policy-files/openapi/external-auth.ts";
import type { AuthorizerShape } from "../api-shape.ts";
import { type Check, type DoctorFinding, error, given, warning } from "../check.ts";
import { importAgain } from "../fixes.ts";
import type { ApiReading, State } from "../state.ts";

export const authorizers: Check = {
  name: "authorizers",
  claim: "each group has its authorizer, with the identity sources and the TTL that it was built for",
  find: (state) =>
    given(state.api, (api) => {
      const { authorizers: wanted } = state.build.shape;
      const found = api.shape.authorizers;
      const ours = [...wanted].filter(([name]) => isOurScheme(name));
      const left = [...found.keys()].filter((name) => isOurScheme(name) && !wanted.has(name));
      return [
        ...ours.flatMap(([name, built]) => compare(name, built, found.get(name), api, state)),
        ...left.map((name) => warning(`${name} is of no group of this build`, importAgain(state))),
        ...timesApart(
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
  const wanted = built.sources.join(",");
  const is = found.sources.join(",");
  return [
    ...(found.type === "REQUEST"
      ? []
      : [error(`${name} is of type ${found.type}, and must be REQUEST`, importAgain(state))]),
    ...(is === wanted
      ? []
      : [
          error(
            `${name} caches by ${is || "nothing"}, and must by ${wanted}: an answer could be served to another caller or route`,
            update(name, "identitySource", wanted, api, state),
          ),
        ]),
    ...ttlOf(name, found, api, state),
  ];
}

function ttlOf(name: string, { ttl }: AuthorizerShape, api: ApiReading, state: State): DoctorFinding[] {
  const wanted = wantedTtl(state);
  if (wanted === undefined || ttl === wanted) return [];
  return [
    error(
      `${name} caches for ${ttl} s, and must for ${wanted} s`,
      update(name, "authorizerResultTtlInSeconds", String(wanted), api, state),
    ),
  ];
}

/** What Terraform promises is this TTL and the function's; undefined where nobody says. */
function wantedTtl({ target, build, config }: State): number | undefined {
  if (build.mode === "off") return 0;
  if (target.stalenessSeconds === undefined || "failure" in config) return undefined;
  return target.stalenessSeconds - config.value.table.permissionsTtlSeconds;
}

/** Where nobody says how long, there is still one number for all, and not none. */
function timesApart(names: readonly string[], { shape }: ApiReading, state: State): DoctorFinding[] {
  if (wantedTtl(state) !== undefined) return [];
  const found = names.flatMap((name) => shape.authorizers.get(name) ?? []).map(({ ttl }) => ttl);
  const distinct = [...new Set(found)].sort();
  if (distinct.length <= 1 && !distinct.includes(0)) return [];
  return [
    error(
      `the groups' authorizers cache for ${distinct.join(", ")} s: expected one number above 0`,
      importAgain(state),
    ),
  ];
}

function update(name: string, member: string, value: string, api: ApiReading, state: State): string {
  if (state.target.adopted) return importAgain(state);
  const id = api.authorizerIds.get(name) ?? "";
  const operation = JSON.stringify([{ op: "replace", path: `/${member}`, value }]);
  return `aws apigateway update-authorizer --rest-api-id ${state.target.api} --authorizer-id ${id} --patch-operations '${operation}'`;
}
