import { matchesArnPattern } from "../../../core/policy/arn-pattern.ts";
import { type Check, type DoctorFinding, error, examineRead, joinNames } from "../check.ts";
import { deployAgain } from "../fixes.ts";
import { patternsIntersect } from "../patterns-intersect.ts";
import type { State } from "../state.ts";
import { type ResourceStatement, readStatements, readStrings } from "../statements.ts";

/** An Allow of the resource policy also allows requests that the authorizer's policy does not mention. */
export const resourcePolicy: Check = {
  name: "resource-policy",
  claim: "the API has no resource policy, or one that allows only the methods without an authorizer",
  find: (state) =>
    examineRead(state.api, ({ policy }) => {
      const statements = readStatements(policy);
      if (statements.length === 0) return [];
      const allows = statements.filter(({ Effect, Action }) => Effect === "Allow" && coversInvoke(Action));
      return [...allows.flatMap((statement) => findTooWide(statement, state)), ...findMissing(allows, state)];
    }),
};

/** A statement with NotAction counts as one for every action. */
const coversInvoke = (action: unknown): boolean =>
  action === undefined ||
  readStrings(action).some((one) => matchesArnPattern(one.toLowerCase(), "execute-api:invoke"));

/** Returns the `STAGE/METHOD/path` of a resource, which a policy writes as a whole ARN or as `execute-api:/…`. */
function stagePath(resource: string): string {
  if (resource === "*") return "*";
  const short = /^execute-api:\/(.*)$/.exec(resource)?.[1];
  if (short !== undefined) return short;
  const path = resource.split(":").slice(5).join(":");
  const slash = path.indexOf("/");
  return slash < 0 ? "*" : path.slice(slash + 1);
}

function findTooWide(statement: ResourceStatement, state: State): DoctorFinding[] {
  const { stage } = state.target;
  const name = statement.Sid ?? "without a name";
  const resources = statement.NotResource === undefined ? readStrings(statement.Resource) : ["*"];
  return resources.flatMap((resource) => {
    const opened = guardedRoutes(state).filter(({ pattern }) =>
      patternsIntersect(stagePath(resource), `${stage}/${pattern}`),
    );
    if (opened.length === 0) return [];
    return [
      error(
        `the statement ${name} allows ${resource}, which matches ${joinNames(opened.map(({ key }) => key))}: requests that their authorizer does not mention are allowed`,
        `remove this Allow from the resource policy, which may allow only ${joinNames(state.build.openMethods.map((open) => `${stage}/${open}`))}; ${deployAgain(state.target)}`,
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

/** A resource policy denies a method without an authorizer, unless it allows the method. */
function findMissing(allows: readonly ResourceStatement[], { build, target }: State): DoctorFinding[] {
  const allowed = allows.flatMap(({ Resource }) => readStrings(Resource).map(stagePath));
  const missing = build.openMethods.filter(
    (open) => !allowed.some((pattern) => matchesArnPattern(pattern, `${target.stage}/${open}`)),
  );
  return missing.length === 0
    ? []
    : [
        error(
          `the resource policy does not allow ${joinNames(missing)}, which have no authorizer: their requests get 403`,
          deployAgain(target),
        ),
      ];
}
