import { signedHeaders } from "./aws-signature.ts";
import type { TableConfig } from "./config.ts";
import { dynamodbEndpoint } from "./dynamodb-endpoint.ts";
import { type PostAnswer, type PostLimits, poster } from "./http-post.ts";
import { type Fault, retrying } from "./retries.ts";

/**
 * The two operations of DynamoDB that a decision needs. AWS's SDK has them too; loading it and making its first
 * request was half of a cold start.
 */
export interface DynamodbClient {
  /** @throws DynamodbError, or what kept the answer from coming */
  send(operation: "Query" | "BatchGetItem", input: object, signal: AbortSignal): Promise<unknown>;
  destroy(): void;
}

/** What DynamoDB answered in place of a result; the name, such as `AccessDeniedException`, goes to the log. */
export class DynamodbError extends Error {
  readonly status: number;

  constructor(name: string, status: number) {
    super(`DynamoDB answers ${status}`);
    this.name = name;
    this.status = status;
  }
}

const LIMITS: PostLimits = { connect: 500, whole: 1_500 };

/** Credentials are given, not looked for: Lambda always sets them. */
export function dynamodbClient({ region, endpoint, credentials }: TableConfig): DynamodbClient {
  const url = new URL(endpoint ?? dynamodbEndpoint(region));
  const { post, destroy } = poster(url, LIMITS);
  const retry = retrying(faultOf);
  return {
    send(operation, input, signal) {
      const body = JSON.stringify(input);
      const headers = {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": `DynamoDB_20120810.${operation}`,
      };
      const request = { host: url.host, path: url.pathname, headers, body };
      const attempt = async () => {
        const scope = { credentials, region, service: "dynamodb", at: new Date() };
        return resultOf(await post(signedHeaders(request, scope), body, signal));
      };
      return retry(signal, attempt);
    },
    destroy,
  };
}

function resultOf({ status, text }: PostAnswer): unknown {
  const answer = parse(text);
  if (status === 200 && answer !== undefined) return answer;
  const type = String(answer?.["__type"] ?? "")
    .split("#")
    .pop();
  throw new DynamodbError(type || `status_${status}`, status);
}

/** Undefined for what is no JSON object: then a proxy answered, or a balancer. */
function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const THROTTLED: readonly string[] = [
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "Throttling",
  "TooManyRequestsException",
];
const NETWORK: readonly unknown[] = [
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
];

function faultOf(error: unknown): Fault {
  if (error instanceof DynamodbError) {
    if (error.status === 429 || THROTTLED.includes(error.name)) return "throttled";
    return error.status >= 500 ? "passing" : "final";
  }
  if (!(error instanceof Error)) return "final";
  const isNetwork = "code" in error && NETWORK.includes(error.code);
  return isNetwork || error.name === "TimeoutError" ? "passing" : "final";
}
