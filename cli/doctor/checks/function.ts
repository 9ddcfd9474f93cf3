import { isOurScheme } from "../../../core/policy-files/openapi/external-auth.ts";
import { type Check, type DoctorFinding, error, given } from "../check.ts";
import { deployAgain, importAgain } from "../fixes.ts";
import type { AliasReading, ApiReading, FunctionReading, State } from "../state.ts";

export const authorizerFunction: Check = {
  name: "function",
  claim:
    "every authorizer calls the alias of this layout, which is the newest published version, with the build's code and a sound configuration",
  find: (state) =>
    given(state.authorizer, (found) =>
      given(found.alias, (alias) => [
        ...versionOf(alias, found, state),
        ...given(state.api, (api) => urisOf(api, alias, state)),
        ...given(state.config, () => []),
        ...variablesOf(alias, state),
      ]),
    ),
};

function versionOf(alias: AliasReading, { newest }: FunctionReading, state: State): DoctorFinding[] {
  const { build, target } = state;
  const fix = deployAgain(target);
  const named = `alias ${build.alias} is version ${alias.version}`;
  return [
    ...(alias.codeSha256 === build.codeSha256
      ? []
      : [error(`${named}, whose code is not the build's (CodeSha256 ${alias.codeSha256})`, fix)]),
    ...(newest !== undefined && alias.version !== String(newest)
      ? [error(`${named}, and version ${newest} is the newest that was published`, fix)]
      : []),
    ...(alias.otherVersions.length === 0
      ? []
      : [
          error(
            `${named}, and gives a part of its calls to version ${alias.otherVersions.join(", ")}`,
            `aws lambda update-alias --function-name ${target.function} --name ${build.alias} --routing-config '{}'`,
          ),
        ]),
  ];
}

function urisOf({ shape }: ApiReading, { arn }: AliasReading, state: State): DoctorFinding[] {
  return [...shape.authorizers].flatMap(([name, { uri }]) =>
    !isOurScheme(name) || uri.endsWith(`/functions/${arn}/invocations`)
      ? []
      : [error(`${name} calls ${uri}, and must call ${arn}`, importAgain(state))],
  );
}

function variablesOf({ variables }: AliasReading, { target, build }: State): DoctorFinding[] {
  const wanted = { TABLE_NAME: target.table, CACHING_MODE: build.mode };
  return Object.entries(wanted).flatMap(([name, value]) =>
    variables[name] === value
      ? []
      : [
          error(
            `the function's ${name} is ${variables[name] ?? "missing"}, and must be ${value}`,
            deployAgain(target),
          ),
        ],
  );
}
