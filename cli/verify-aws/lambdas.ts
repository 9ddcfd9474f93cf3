import { randomUUID } from "node:crypto";
import type {
  APIGatewayProxyEvent,
  APIGatewayProxyResult,
  APIGatewayRequestAuthorizerEvent,
} from "aws-lambda";
import { readToken, type StatementSpec, writeSeen } from "./instructions.ts";

/** The tenant in the authorizer's context. A client must not be able to send it. */
export const TENANT = "from-authorizer";

/** The challenge of a 401, and of a 403 whose policy denies something. */
export const CHALLENGE = 'Bearer error="test", scope="a b"';

/** The most bytes of one padding resource. */
const PADDING = 500;

/** Returns the response that the token describes. The context contains the event that the authorizer got. */
export function authorizer(event: APIGatewayRequestAuthorizerEvent): Promise<object> {
  const instructions = readToken(authorizationHeader(event), process.env["VERIFY_KEY"]);
  if (instructions === undefined) return Promise.reject(new Error("Unauthorized"));
  const base = event.methodArn.split("/", 2).join("/");
  const { resource, path } = event;
  const context = {
    callId: randomUUID(),
    tenantId: TENANT,
    ...(instructions.statements.some(({ effect }) => effect === "Deny") && { challenge: CHALLENGE }),
    seen: writeSeen({ methodArn: event.methodArn.slice(base.length + 1), resource, path }),
  };
  const statements = instructions.statements.map((spec) => createStatement(spec, base));
  const respond = (padding: readonly string[]): object => ({
    principalId: "verify",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [...statements, ...(padding.length === 0 ? [] : [formatStatement("Allow", padding)])],
    },
    context,
  });
  return Promise.resolve(pad(respond, base, instructions.padTo ?? 0));
}

const formatStatement = (effect: string, resources: readonly string[]): object => ({
  Effect: effect,
  Action: "execute-api:Invoke",
  Resource: resources,
});

function createStatement({ effect, patterns, condition }: StatementSpec, base: string): object {
  const statement = formatStatement(
    effect,
    patterns.map((pattern) => `${base}/${pattern}`),
  );
  return condition === undefined ? statement : { ...statement, Condition: condition };
}

/** Adds resources that no request matches until the response has the length. */
function pad(respond: (padding: readonly string[]) => object, base: string, length: number): object {
  const padding: string[] = [];
  const frame = `${base}/GET/padding/`;
  for (;;) {
    const missing = length - JSON.stringify(respond(padding)).length;
    if (missing < frame.length) return respond(padding);
    padding.push(frame.padEnd(Math.min(PADDING, missing), "x"));
  }
}

/** Returns the request that reached the backend, if the request has the run's key. */
export function echo(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  if (readToken(authorizationHeader(event), process.env["VERIFY_KEY"]) === undefined)
    return Promise.resolve({ statusCode: 404, body: "{}" });
  const { resource, multiValueHeaders: headers, requestContext } = event;
  const { callId, seen } = requestContext.authorizer ?? {};
  const body = JSON.stringify({ resource, headers, callId, seen });
  return Promise.resolve({ statusCode: 200, headers: { "content-type": "application/json" }, body });
}

function authorizationHeader({ headers }: { readonly headers: object | null }): string | undefined {
  const found = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "authorization");
  return typeof found?.[1] === "string" ? found[1] : undefined;
}
