import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { tableClient } from "../table/client.ts";
import type { Read, ReadFailure } from "./read.ts";

/** AWS's clients, by its usual environment: region, credentials and AWS_ENDPOINT_URL. */
export interface Aws {
  readonly apiGateway: APIGatewayClient;
  readonly lambda: LambdaClient;
  readonly dynamodb: ReturnType<typeof tableClient>;
  close(): void;
}

export function openAws(): Aws {
  // Of the table's, which needs neither region nor credentials on loopback, and sets what silences warnings.
  const dynamodb = tableClient(process.env, 5);
  const settings = {
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
  };
  const clients = {
    apiGateway: new APIGatewayClient(settings),
    lambda: new LambdaClient(settings),
    dynamodb,
  };
  return {
    ...clients,
    close() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

/** What AWS tells, or why it does not; `missing` says what to do where the thing itself is not there. */
export async function read<T>(what: string, missing: string, work: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { failure: failureOf(error as Error, what, missing) };
  }
}

/** AWS's names for what is not there. */
const GONE = ["NotFoundException", "ResourceNotFoundException"];

function failureOf({ name, message }: Error, what: string, missing: string): ReadFailure {
  if (GONE.includes(name)) return { why: `not found: ${what}`, fix: missing };
  const why = `${what}: ${name}: ${message.split("\n", 1)[0]}`;
  if (/AccessDenied|UnrecognizedClient|Forbidden/i.test(name))
    return { why, fix: 'allow it to whoever runs this: docs/operations.md, "Doctor", has the permissions' };
  if (/Credentials|Token/.test(name)) return { why, fix: "log in to AWS, or set AWS_PROFILE" };
  return { why, fix: "check AWS_REGION, AWS_PROFILE and AWS_ENDPOINT_URL, and run it again" };
}
