import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { UsageError } from "../shared/flags.ts";

/** The table's name from its flag, else from `TABLE` in the environment, as `npx portcullis start` prints it. */
export function tableFlag(flag: string | undefined): string {
  const name = flag ?? process.env["TABLE"];
  if (name === undefined || name === "")
    throw new UsageError("--table is missing: name the permissions table (or set TABLE)");
  if (!/^[A-Za-z0-9_.-]{3,255}$/.test(name))
    throw new UsageError(`--table: expected a table's name, found "${name}"`);
  return name;
}

/**
 * A client by AWS's usual environment. On loopback, where the local stack's table is, region and credentials
 * need not be set. It does not try again by itself: {@link withBackOff} does, and knows when to stop.
 */
export function tableClient(environment: NodeJS.ProcessEnv = process.env, maxAttempts = 1): DynamoDBClient {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const endpoint = tableEndpoint(environment);
  const local: DynamoDBClientConfig = {
    region: environment["AWS_REGION"] ?? "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };
  return new DynamoDBClient({
    maxAttempts,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
    ...(isLoopback(endpoint) && { ...local, endpoint }),
  });
}

const tableEndpoint = (environment: NodeJS.ProcessEnv): string | undefined =>
  environment["AWS_ENDPOINT_URL_DYNAMODB"] ?? environment["AWS_ENDPOINT_URL"];

/** Whether the table is the local stack's. */
export const isLocalTable = (environment: NodeJS.ProcessEnv = process.env): boolean =>
  isLoopback(tableEndpoint(environment));

function isLoopback(endpoint: string | undefined): endpoint is string {
  if (endpoint === undefined || !URL.canParse(endpoint)) return false;
  return /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(new URL(endpoint).hostname);
}

/** AWS's failures in words for a terminal; undefined for what is no failure of theirs. */
export function explainTableFailure(error: unknown, table: string): string | undefined {
  if (error instanceof Error && error.name === "ResourceNotFoundException")
    return `There is no table ${table} in this account and region: check --table, AWS_REGION and AWS_PROFILE`;
  return explainAwsFailure(error);
}

/** As {@link explainTableFailure}, for whatever service was asked. */
export function explainAwsFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  if (name === "CredentialsProviderError" || name === "TokenProviderError")
    return `There are no AWS credentials: log in, set AWS_PROFILE, or for the local stack AWS_ENDPOINT_URL (${message.split("\n", 1)[0]})`;
  if (/Region is missing/.test(message)) return "No region is set: set AWS_REGION";
  if (name === "AccessDeniedException" || name === "UnrecognizedClientException")
    return `AWS refused: ${message}`;
  if ("code" in error && error.code === "ECONNREFUSED")
    return `Nothing listens where AWS_ENDPOINT_URL points to: start the local stack with npx portcullis start (${message})`;
  return "$metadata" in error || "$fault" in error ? `${name}: ${message}` : undefined;
}
