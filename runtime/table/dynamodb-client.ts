import { text } from "node:stream/consumers";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/protocols";
import { isThrottlingError, isTransientError, StandardRetryStrategy } from "@smithy/core/retry";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import type { SdkError } from "@smithy/types";
import { dynamodbEndpoint } from "./dynamodb-endpoint.ts";
import type { TableConfig } from "./table-config.ts";

/**
 * The two operations of DynamoDB that a decision needs, by the parts of AWS's SDK that sign, send and retry. Its
 * client has all of DynamoDB: loading it and making its first request was half of a cold start.
 */
export interface DynamodbClient {
  /** @throws DynamodbError, or what kept the answer from coming */
  send(operation: Operation, input: object, signal: AbortSignal): Promise<unknown>;
  destroy(): void;
}

type Operation = "Query" | "BatchGetItem";

/** What DynamoDB answered in place of a result; the name, such as `AccessDeniedException`, goes to the log. */
export class DynamodbError extends Error {
  /** Where the SDK's parts look for the status. */
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(name: string, status: number) {
    super(`DynamoDB answers ${status}`);
    this.name = name;
    this.$metadata = { httpStatusCode: status };
  }
}

const ATTEMPTS = 3;
/** In ms. */
const LIMITS = { connectionTimeout: 500, requestTimeout: 1_500, throwOnRequestTimeout: true };

/** Credentials are given, not looked for: Lambda always sets them. */
export function dynamodbClient({ region, endpoint, credentials }: TableConfig): DynamodbClient {
  const url = new URL(endpoint ?? dynamodbEndpoint(region));
  const signer = new SignatureV4({ service: "dynamodb", region, credentials, sha256: Sha256 });
  const handler = new NodeHttpHandler(LIMITS);
  const retries = new StandardRetryStrategy({ maxAttempts: ATTEMPTS });
  const attempt = async (request: HttpRequest, abortSignal: AbortSignal): Promise<unknown> => {
    const signed = await signer.sign(request);
    const { response } = await handler.handle(new HttpRequest(signed), { abortSignal });
    return resultOf(response.statusCode, await text(response.body));
  };
  return {
    send: (operation, input, signal) =>
      retrying(retries, signal, () => attempt(requestTo(url, operation, input), signal)),
    destroy: () => handler.destroy(),
  };
}

function requestTo(url: URL, operation: Operation, input: object): HttpRequest {
  return new HttpRequest({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== "" && { port: Number(url.port) }),
    path: url.pathname,
    headers: {
      host: url.host,
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
    },
    body: JSON.stringify(input),
  });
}

/** The strategy waits before it gives a token to try again with, or throws where there is to be no other attempt. */
async function retrying<T>(
  retries: StandardRetryStrategy,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  let token = await retries.acquireInitialRetryToken("");
  for (;;) {
    try {
      const result = await work();
      retries.recordSuccess(token);
      return result;
    } catch (error) {
      if (signal.aborted) throw error;
      const errorType = typeOf(error as SdkError);
      token = await retries.refreshRetryTokenForRetry(token, { errorType }).catch(() => {
        throw error;
      });
      signal.throwIfAborted();
    }
  }
}

function typeOf(error: SdkError): "THROTTLING" | "TRANSIENT" | "CLIENT_ERROR" {
  if (isThrottlingError(error)) return "THROTTLING";
  return isTransientError(error) ? "TRANSIENT" : "CLIENT_ERROR";
}

function resultOf(status: number, body: string): unknown {
  const answer = parse(body);
  if (status === 200 && answer !== undefined) return answer;
  const type = String(answer?.["__type"] ?? "")
    .split("#")
    .pop();
  throw new DynamodbError(type || `status_${status}`, status);
}

/** Undefined for what is no JSON object: then a proxy answered, or a balancer. */
function parse(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
