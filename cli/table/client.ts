import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { UsageError } from "../shared/flags.ts";

/**
 * Creates a client from AWS's usual environment. A loopback endpoint, such as the local stack's, needs neither region
 * nor credentials. By default the client does not retry, because {@link withBackOff} does.
 */
export function tableClient(environment: NodeJS.ProcessEnv = process.env, maxAttempts = 1): DynamoDBClient {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const endpoint = tableEndpoint(environment);
  return new DynamoDBClient({
    maxAttempts,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
    ...(isLoopback(endpoint) && localClient(endpoint, environment)),
  });
}

/** The attempts of a client whose requests are not in {@link withBackOff}. */
export const ATTEMPTS = 5;

/** Runs work with a client of the table, and closes the client. */
export async function withTableClient<T>(
  work: (client: DynamoDBClient) => Promise<T>,
  attempts?: number,
): Promise<T> {
  const client = tableClient(process.env, attempts);
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

const localClient = (endpoint: string, environment: NodeJS.ProcessEnv) => ({
  endpoint,
  region: environment["AWS_REGION"] ?? "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
});

/** Returns the configuration of a client of the local stack; undefined if the environment names no local stack. */
export function localStackClient(environment: NodeJS.ProcessEnv = process.env) {
  const endpoint = tableEndpoint(environment);
  return isLoopback(endpoint) ? localClient(endpoint, environment) : undefined;
}

const tableEndpoint = (environment: NodeJS.ProcessEnv): string | undefined =>
  environment["AWS_ENDPOINT_URL_DYNAMODB"] ?? environment["AWS_ENDPOINT_URL"];

/** Returns whether the table is the local stack's. */
export const isLocalTable = (environment: NodeJS.ProcessEnv = process.env): boolean =>
  isLoopback(tableEndpoint(environment));

/** Returns whether a URL names this machine. */
export function isLoopback(endpoint: string | undefined): endpoint is string {
  if (endpoint === undefined || !URL.canParse(endpoint)) return false;
  return /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(new URL(endpoint).hostname);
}

/** Like {@link explainAwsFailure}, for failures of the table too. @throws UsageError if no region is set */
export function explainTableFailure(error: unknown, table: string): string | undefined {
  if (error instanceof Error && error.name === "ResourceNotFoundException")
    return `There is no table ${table} in this account and region: check --table, AWS_REGION and AWS_PROFILE`;
  return explainAwsFailure(error);
}

/**
 * Explains a failure of any AWS service for the terminal. Returns undefined for any other error.
 *
 * @throws UsageError if no region is set
 */
export function explainAwsFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  if (name === "CredentialsProviderError" || name === "TokenProviderError")
    return `There are no AWS credentials: log in, set AWS_PROFILE, or for the local stack AWS_ENDPOINT_URL (${message.split("\n", 1)[0]})`;
  if (/Region (is missing|not accepted)/.test(message))
    throw new UsageError("No region is set: set AWS_REGION");
  if (name === "AccessDeniedException" || name === "UnrecognizedClientException")
    return `AWS denied the request: ${message}`;
  if ("code" in error && error.code === "ECONNREFUSED")
    return `No server listens at AWS_ENDPOINT_URL: start the local stack with npx portcullis start (${message})`;
  return "$metadata" in error || "$fault" in error ? `${name}: ${message}` : undefined;
}
