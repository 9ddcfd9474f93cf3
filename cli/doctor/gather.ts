import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { type Config, readConfig } from "../../lambdas/authorizer/configuration.ts";
import { ConfigurationError } from "../../runtime/environment.ts";
import { explainToken } from "../explain/explain-token.ts";
import { explainTableFailure } from "../table/client.ts";
import { type Aws, read } from "./aws.ts";
import type { Build } from "./build.ts";
import { deployAgain } from "./fixes.ts";
import type { Read } from "./read.ts";
import { readApi, readDeployed, readLogRole, readStage } from "./readers/api.ts";
import { readAwsClock } from "./readers/aws-clock.ts";
import { readFunction } from "./readers/function.ts";
import { readHttpApi, readHttpStage } from "./readers/http-api.ts";
import { readIssuers } from "./readers/issuers.ts";
import { readPreflights } from "./readers/preflights.ts";
import { readPermissionsTable } from "./readers/table.ts";
import type { ApiReading, FunctionReading, State } from "./state.ts";
import type { Target } from "./target.ts";

/** What to examine. */
export interface DoctorSubject {
  readonly target: Target;
  readonly build: Build;
  readonly policies: PolicySet;
  /** Undefined if no token was given. */
  readonly token: string | undefined;
  /** AWS is an emulator on this machine, so issuers may be on this machine too. */
  readonly local: boolean;
}

/** Reads everything that the checks examine. What cannot be read is replaced by the failure. */
export async function gather(
  aws: Aws,
  { target, build, policies, token, local }: DoctorSubject,
): Promise<State> {
  const { apiGateway, apiGatewayV2, lambda, dynamodb } = aws;
  const again = deployAgain(target);
  const missing = `check --api, --stage, AWS_REGION and AWS_PROFILE; if they are correct: ${again}`;
  const liveApi = (): Promise<ApiReading> =>
    build.http ? readHttpApi(apiGatewayV2, target.api) : readApi(apiGateway, target);
  const [awsClock, logRole, api, deployed, stage, authorizer, table, preflights] = await Promise.all([
    read("AWS's clock", missing, () => readAwsClock(apiGateway)),
    read("the account's settings", missing, () => readLogRole(apiGateway)),
    read(`the API ${target.api}`, missing, liveApi),
    read(`the export of stage ${target.stage}`, missing, async () =>
      build.http ? (await liveApi()).shape : readDeployed(apiGateway, target),
    ),
    read(`the stage ${target.stage}`, missing, () =>
      build.http ? readHttpStage(apiGatewayV2, target) : readStage(apiGateway, target),
    ),
    read(`the function ${target.function}`, `check --function; if it is correct: ${again}`, () =>
      readFunction(lambda, target.function, build.alias, again),
    ),
    readTable(() => readPermissionsTable(dynamodb, target.table), target),
    target.url === undefined || build.http ? null : readPreflights(target.url, policies),
  ]);
  const config = readFunctionConfig(authorizer, local, again);
  return {
    ...{ target, build, policies, awsClock, logRole, api, deployed, stage, authorizer, table, preflights },
    config,
    issuers: "value" in config ? { value: await readIssuers(config.value.trust, table) } : config,
    token: token === undefined ? null : await readToken(token, config, policies),
  };
}

async function readTable<T>(work: () => Promise<T>, { table }: Target): Promise<Read<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    const why = explainTableFailure(error, table);
    if (why === undefined) throw error;
    return { failure: { why, fix: "check --table, AWS_REGION and AWS_PROFILE, or deploy again" } };
  }
}

/** The variables that Lambda itself adds. */
const LAMBDA = { AWS_REGION: "none", AWS_ACCESS_KEY_ID: "none", AWS_SECRET_ACCESS_KEY: "none" };

/** Reads the deployed function's configuration with the function's own code. */
function readFunctionConfig(authorizer: Read<FunctionReading>, local: boolean, fix: string): Read<Config> {
  if (!("value" in authorizer)) return authorizer;
  const { alias } = authorizer.value;
  if (!("value" in alias)) return alias;
  const onAws = local ? {} : { AWS_EXECUTION_ENV: "AWS_Lambda_nodejs" };
  try {
    return { value: readConfig({ ...alias.value.variables, ...LAMBDA, ...onAws }) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { failure: { why: error.message, fix: `correct the .tfvars, then ${fix}` } };
  }
}

async function readToken(token: string, config: Read<Config>, policies: PolicySet): Promise<State["token"]> {
  return "value" in config ? { value: await explainToken(token, config.value.trust, policies, {}) } : config;
}
