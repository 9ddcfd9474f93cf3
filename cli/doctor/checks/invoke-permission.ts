import { matchesArnPattern } from "../../../core/policy/arn-pattern.ts";
import { shellQuote } from "../../../core/policy-files/source/shell-quote.ts";
import { lambdaAuthorizers } from "../api-shape.ts";
import { type Check, type DoctorFinding, error, examineRead, note, warning } from "../check.ts";
import { deployAgain } from "../fixes.ts";
import type { AliasReading, State } from "../state.ts";
import { type ResourceStatement, readStatements, readStrings } from "../statements.ts";

export const invokePermission: Check = {
  name: "invoke-permission",
  claim: "this API's authorizers and its access route may call the function's alias, and other APIs may not",
  find: (state) =>
    examineRead(state.authorizer, ({ alias, policy }) =>
      examineRead(alias, (found) => {
        const allows = readStatements(policy).filter(allowsApiGateway);
        const base = apiArn(found, state);
        return [
          ...examineRead(state.api, ({ shape, authorizerIds }) =>
            lambdaAuthorizers(shape).flatMap(([name, { credentials }]) =>
              permitted(name, credentials, `${base}/authorizers/${authorizerIds.get(name)}`, allows, state),
            ),
          ),
          ...accessRequests(state).flatMap(({ route, request }) =>
            permitted(route, undefined, `${base}/${request}`, allows, state),
          ),
          ...allows.flatMap((statement) => tooWide(statement, base, state)),
        ];
      }),
    ),
};

/** `arn:aws:execute-api:eu-central-1:111122223333:abcdef1234` */
function apiArn({ arn }: AliasReading, { target }: State): string {
  const [, partition, , region, account] = arn.split(":");
  return `arn:${partition}:execute-api:${region}:${account}:${target.api}`;
}

/** Returns the access route, if there is one, and an example of its requests as a source ARN names them. */
const accessRequests = ({ policies, target }: State) =>
  policies.api.operations
    .filter(({ access }) => access)
    .map(({ route: { key, path } }) => ({
      route: key,
      request: `${target.stage}/GET${path.replace(/\{[^}]*\}/g, "x")}`,
    }));

function allowsApiGateway({ Effect, Principal, Action }: ResourceStatement): boolean {
  const services = readStrings(Principal?.["Service"]);
  const actions = readStrings(Action);
  return (
    Effect === "Allow" &&
    services.includes("apigateway.amazonaws.com") &&
    actions.some((action) => matchesArnPattern(action.toLowerCase(), "lambda:invokefunction"))
  );
}

/** Returns the source ARNs that a statement allows; undefined if it allows any caller. */
function readSources({ Condition = {} }: ResourceStatement): string[] | undefined {
  const conditions = Object.values(Condition).flatMap((keys) => Object.entries(keys));
  const source = conditions.find(([key]) => key.toLowerCase() === "aws:sourcearn");
  return source === undefined ? undefined : readStrings(source[1]);
}

function permitted(
  name: string,
  credentials: string | undefined,
  arn: string,
  allows: readonly ResourceStatement[],
  { build, target }: State,
): DoctorFinding[] {
  if (credentials !== undefined)
    return [
      note(`${name} calls the function as ${credentials}: the permissions of that role are not checked`),
    ];
  const holds = allows.some((statement) =>
    (readSources(statement) ?? ["*"]).some((pattern) => matchesArnPattern(pattern, arn)),
  );
  return holds
    ? []
    : [
        error(
          `${name} may not call ${target.function}:${build.alias}, because the function policy has no statement for ${arn}: its requests get 500`,
          deployAgain(target),
        ),
      ];
}

function tooWide(statement: ResourceStatement, base: string, { build, target }: State): DoctorFinding[] {
  const wide = (readSources(statement) ?? ["*"]).filter((pattern) => !pattern.startsWith(`${base}/`));
  return wide.map((pattern) =>
    warning(
      `the statement ${statement.Sid ?? "without a name"} also lets ${pattern} call the function`,
      `aws lambda remove-permission --function-name ${shellQuote(target.function)} --qualifier ${shellQuote(build.alias)} --statement-id ${shellQuote(statement.Sid ?? "")}`,
    ),
  );
}
