import type { RuntimeConfig } from "./invocation.ts";

/** The account of every local function's ARN. */
const ACCOUNT = "000000000000";

/**
 * Returns all environment variables of a function: those that Lambda sets itself, and the function's own, which
 * override them (so that a local table can have a region and keys). They contain nothing of `process.env`, and no
 * `AWS_EXECUTION_ENV`, by which a function recognises that it runs on AWS.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function environmentVariables(
  config: RuntimeConfig,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const region = readRegion(own);
  return {
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: "local",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_LAMBDA_FUNCTION_NAME: config.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${config.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: "local",
    LAMBDA_TASK_ROOT: config.taskRoot,
    _HANDLER: config.handler,
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    ...own,
  };
}

/** Builds the ARN of a local function, in the region that its environment names. */
export function functionArn(name: string, own: Readonly<Record<string, string>>): string {
  return `arn:aws:lambda:${readRegion(own)}:${ACCOUNT}:function:${name}`;
}

function readRegion(own: Readonly<Record<string, string | undefined>>): string {
  return own["AWS_REGION"] ?? "us-east-1";
}
