import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { tableClient } from "../table/client.ts";
import type { Read, ReadFailure } from "./read.ts";

/** AWS clients from AWS's usual environment: region, credentials and AWS_ENDPOINT_URL. */
export interface Aws {
  readonly apiGateway: APIGatewayClient;
  /** For HTTP APIs. */
  readonly apiGatewayV2: ApiGatewayV2Client;
  readonly lambda: LambdaClient;
  readonly dynamodb: ReturnType<typeof tableClient>;
  close(): void;
}

export function openAws(): Aws {
  // On loopback this client needs neither region nor credentials. It also silences the SDK's warning about Node 20.
  const dynamodb = tableClient(process.env, 5);
  const settings = {
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
  };
  const clients = {
    apiGateway: new APIGatewayClient(settings),
    apiGatewayV2: new ApiGatewayV2Client(settings),
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

/**
 * Reads something from AWS and catches failures.
 *
 * @param what names it in the reason of a failure
 * @param missing says what to do if it does not exist
 */
export async function read<T>(what: string, missing: string, work: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { failure: explainFailure(error as Error, what, missing) };
  }
}

const NOT_FOUND = ["NotFoundException", "ResourceNotFoundException"];

function explainFailure({ name, message }: Error, what: string, missing: string): ReadFailure {
  if (NOT_FOUND.includes(name)) return { why: `not found: ${what}`, fix: missing };
  const why = `${what}: ${name}: ${message.split("\n", 1)[0]}`;
  if (/AccessDenied|UnrecognizedClient|Forbidden/i.test(name))
    return {
      why,
      fix: 'allow it for your AWS identity: docs/operations.md, "Doctor", lists the permissions',
    };
  if (/Credentials|Token/.test(name)) return { why, fix: "log in to AWS, or set AWS_PROFILE" };
  return { why, fix: "check AWS_REGION, AWS_PROFILE and AWS_ENDPOINT_URL, and run this again" };
}
