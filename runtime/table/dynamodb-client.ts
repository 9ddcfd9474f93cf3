import { text } from "node:stream/consumers";
import { partition } from "@aws-sdk/core/client";
import { HttpRequest } from "@smithy/core/protocols";
import { isThrottlingError, isTransientError, StandardRetryStrategy } from "@smithy/core/retry";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import type { SdkError } from "@smithy/types";
import { parseJson } from "../../core/model/parse-json.ts";
import { Sha256 } from "./sha256.ts";
import type { TableConfig } from "./table-config.ts";

/**
 * A client for the two operations of DynamoDB that a decision needs. It uses the parts of AWS's SDK that sign, send
 * and retry. It does not use the SDK's whole DynamoDB client, because loading that client and sending its first
 * request was half of a cold start.
 */
export interface DynamodbClient {
  /**
   * Sends a request, and retries it after throttling and transient errors.
   *
   * @throws DynamodbError when DynamoDB returns an error
   * @throws Error when there is no response, or the signal is aborted
   */
  send(operation: Operation, input: object, signal: AbortSignal): Promise<unknown>;
  /** Closes the connections. */
  destroy(): void;
}

type Operation = "Query" | "BatchGetItem";

/** An error that DynamoDB returned. Its name, such as `AccessDeniedException`, is logged. */
export class DynamodbError extends Error {
  /** The field in which the SDK's retry strategy looks for the status. */
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(name: string, status: number) {
    super(`DynamoDB returned status ${status}`);
    this.name = name;
    this.$metadata = { httpStatusCode: status };
  }
}

const ATTEMPTS = 3;
/** Timeouts in ms. */
const LIMITS = { connectionTimeout: 500, requestTimeout: 1_500, throwOnRequestTimeout: true };

/** Creates a client. It takes credentials and does not search for them, because Lambda always sets them. */
export function dynamodbClient({ region, endpoint, credentials }: TableConfig): DynamodbClient {
  const url = new URL(endpoint ?? dynamodbEndpoint(region));
  const signer = new SignatureV4({ service: "dynamodb", region, credentials, sha256: Sha256 });
  const handler = new NodeHttpHandler(LIMITS);
  const retries = new StandardRetryStrategy({ maxAttempts: ATTEMPTS });
  const attempt = async (request: HttpRequest, abortSignal: AbortSignal): Promise<unknown> => {
    const signed = await signer.sign(request);
    const { response } = await handler.handle(new HttpRequest(signed), { abortSignal });
    return parseResult(response.statusCode, await text(response.body));
  };
  return {
    send: (operation, input, signal) =>
      retry(retries, signal, () => attempt(createRequest(url, operation, input), signal)),
    destroy: () => handler.destroy(),
  };
}

/** Returns the URL of DynamoDB in a region. */
export function dynamodbEndpoint(region: string): string {
  return `https://dynamodb.${region}.${partition(region).dnsSuffix}`;
}

function createRequest(url: URL, operation: Operation, input: object): HttpRequest {
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

/** Runs work until it succeeds or the strategy allows no other attempt. The strategy also waits between attempts. */
async function retry<T>(
  strategy: StandardRetryStrategy,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  let token = await strategy.acquireInitialRetryToken("");
  for (;;) {
    try {
      const result = await work();
      strategy.recordSuccess(token);
      return result;
    } catch (error) {
      if (signal.aborted) throw error;
      const errorType = classifyError(error as SdkError);
      token = await strategy.refreshRetryTokenForRetry(token, { errorType }).catch(() => {
        throw error;
      });
      signal.throwIfAborted();
    }
  }
}

function classifyError(error: SdkError): "THROTTLING" | "TRANSIENT" | "CLIENT_ERROR" {
  if (isThrottlingError(error)) return "THROTTLING";
  return isTransientError(error) ? "TRANSIENT" : "CLIENT_ERROR";
}

function parseResult(status: number, body: string): unknown {
  const result = parseObject(body);
  if (status === 200 && result !== undefined) return result;
  const type = String(result?.["__type"] ?? "")
    .split("#")
    .pop();
  throw new DynamodbError(type || `status_${status}`, status);
}

/** Returns undefined for a body that is not a JSON object, which may come from a proxy or a load balancer. */
function parseObject(body: string): Record<string, unknown> | undefined {
  const value = parseJson(body);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}
