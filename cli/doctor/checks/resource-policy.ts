import { matchesArnPattern } from "../../../core/policy/arn-pattern.ts";
import { type Check, type DoctorFinding, error, given, listed } from "../check.ts";
import { deployAgain } from "../fixes.ts";
import { patternsIntersect } from "../patterns-meet.ts";
import type { State } from "../state.ts";
import { type ResourceStatement, readStatements, textsIn } from "../statements.ts";

/** Under an Allow, a request of which the authorizer's policy says nothing is let through. */
export const resourcePolicy: Check = {
  name: "resource-policy",
  claim:
    "the API has no resource policy, or one that allows the methods without an authorizer and nothing else",
  find: (state) =>
    given(state.api, ({ policy }) => {
      const statements = readStatements(policy);
      if (statements.length === 0) return [];
      const allows = statements.filter(({ Effect, Action }) => Effect === "Allow" && coversInvoke(Action));
      return [...allows.flatMap((statement) => tooMuch(statement, state)), ...tooLittle(allows, state)];
    }),
};

/** A statement with NotAction is read as if it were for everything. */
const coversInvoke = (action: unknown): boolean =>
  action === undefined ||
  textsIn(action).some((one) => matchesArnPattern(one.toLowerCase(), "execute-api:invoke"));

/** `STAGE/METHOD/path` behind the API's id; a policy is written with the whole ARN, or with `execute-api:/`. */
function behindApi(resource: string): string {
  if (resource === "*") return "*";
  const short = /^execute-api:\/(.*)$/.exec(resource)?.[1];
  if (short !== undefined) return short;
  const path = resource.split(":").slice(5).join(":");
  const slash = path.indexOf("/");
  return slash < 0 ? "*" : path.slice(slash + 1);
}

function tooMuch(statement: ResourceStatement, state: State): DoctorFinding[] {
  const { stage } = state.target;
  const name = statement.Sid ?? "without a name";
  const resources = statement.NotResource === undefined ? textsIn(statement.Resource) : ["*"];
  return resources.flatMap((resource) => {
    const opened = guardedRoutes(state).filter(({ pattern }) =>
      patternsIntersect(behindApi(resource), `${stage}/${pattern}`),
    );
    if (opened.length === 0) return [];
    return [
      error(
        `the statement ${name} allows ${resource}, which reaches ${listed(opened.map(({ key }) => key))}: what their authorizer does not allow is let through`,
        `remove this Allow from the resource policy: it may have ${listed(state.build.openMethods.map((open) => `${stage}/${open}`))} and no more; ${deployAgain(state.target)}`,
      ),
    ];
  });
}

function guardedRoutes({ policies }: State): { key: string; pattern: string }[] {
  const guarded = policies.api.operations.filter((operation) => !operation.public);
  return guarded.map(({ route }) => {
    const path = route.segments.map((segment) => (segment.kind === "literal" ? segment.text : "?*"));
    return { key: route.key, pattern: `${route.method}/${path.join("/")}` };
  });
}

/** Under a resource policy a method without an authorizer is refused, unless that allows it. */
function tooLittle(allows: readonly ResourceStatement[], { build, target }: State): DoctorFinding[] {
  const allowed = allows.flatMap(({ Resource }) => textsIn(Resource).map(behindApi));
  const missing = build.openMethods.filter(
    (open) => !allowed.some((pattern) => matchesArnPattern(pattern, `${target.stage}/${open}`)),
  );
  return missing.length === 0
    ? []
    : [
        error(
          `the resource policy does not allow ${listed(missing)}, which have no authorizer: their requests get 403`,
          deployAgain(target),
        ),
      ];
}
