import { shellQuote } from "../../../core/policy-files/source/shell-quote.ts";
import { lambdaAuthorizers } from "../api-shape.ts";
import { type Check, type DoctorFinding, error, examineRead } from "../check.ts";
import { deployAgain, importAgain } from "../fixes.ts";
import type { AliasReading, ApiReading, FunctionReading, State } from "../state.ts";

export const authorizerFunction: Check = {
  name: "function",
  claim:
    "every authorizer calls the alias of this layout, which is the newest published version and has the build's code and a valid configuration",
  find: (state) =>
    examineRead(state.authorizer, (found) =>
      examineRead(found.alias, (alias) => [
        ...checkVersion(alias, found, state),
        ...examineRead(state.api, (api) => checkUris(api, alias, state)),
        ...examineRead(state.config, () => []),
        ...checkVariables(alias, state),
      ]),
    ),
};

function checkVersion(alias: AliasReading, { newest }: FunctionReading, state: State): DoctorFinding[] {
  const { build, target } = state;
  const fix = deployAgain(target);
  const named = `alias ${build.alias} is version ${alias.version}`;
  return [
    ...(alias.codeSha256 === build.codeSha256
      ? []
      : [error(`${named}, whose code is not that of the build (CodeSha256 ${alias.codeSha256})`, fix)]),
    ...(newest !== undefined && alias.version !== String(newest)
      ? [error(`${named}, but version ${newest} is the newest published one`, fix)]
      : []),
    ...(alias.otherVersions.length === 0
      ? []
      : [
          error(
            `${named}, and sends some of its calls to version ${alias.otherVersions.join(", ")}`,
            `aws lambda update-alias --function-name ${shellQuote(target.function)} --name ${shellQuote(build.alias)} --routing-config '{}'`,
          ),
        ]),
  ];
}

function checkUris({ shape }: ApiReading, { arn }: AliasReading, state: State): DoctorFinding[] {
  return lambdaAuthorizers(shape).flatMap(([name, { uri }]) =>
    uri.endsWith(`/functions/${arn}/invocations`)
      ? []
      : [error(`${name} calls ${uri}, but must call ${arn}`, importAgain(state))],
  );
}

function checkVariables({ variables }: AliasReading, { target, build }: State): DoctorFinding[] {
  const wanted = { TABLE_NAME: target.table, CACHING_MODE: build.mode };
  return Object.entries(wanted).flatMap(([name, value]) =>
    variables[name] === value
      ? []
      : [
          error(
            `the function's ${name} is ${variables[name] ?? "missing"}, but must be ${value}`,
            deployAgain(target),
          ),
        ],
  );
}
