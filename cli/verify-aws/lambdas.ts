import { randomUUID } from "node:crypto";
import type {
  APIGatewayProxyEvent,
  APIGatewayProxyResult,
  APIGatewayRequestAuthorizerEvent,
} from "aws-lambda";
import { readToken, type StatementWanted, writeSeen } from "./instructions.ts";

/** What the authorizer writes as the tenant, and a client never may. */
export const TENANT = "from-authorizer";

const PADDING = 500;

/** Answers as the token says, and tells in its context what it was asked. */
export function authorizer(event: APIGatewayRequestAuthorizerEvent): Promise<object> {
  const instructions = readToken(authorizationOf(event), process.env["VERIFY_KEY"]);
  if (instructions === undefined) return Promise.reject(new Error("Unauthorized"));
  const base = event.methodArn.split("/", 2).join("/");
  const { resource, path } = event;
  const context = {
    callId: randomUUID(),
    tenantId: TENANT,
    seen: writeSeen({ methodArn: event.methodArn.slice(base.length + 1), resource, path }),
  };
  const statements = instructions.statements.map((wanted) => statementOf(wanted, base));
  const answer = (padding: readonly string[]): object => ({
    principalId: "verify",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [...statements, ...(padding.length === 0 ? [] : [statementFor("Allow", padding)])],
    },
    context,
  });
  return Promise.resolve(padded(answer, base, instructions.padTo ?? 0));
}

const statementFor = (effect: string, resources: readonly string[]): object => ({
  Effect: effect,
  Action: "execute-api:Invoke",
  Resource: resources,
});

function statementOf({ effect, patterns, condition }: StatementWanted, base: string): object {
  const statement = statementFor(
    effect,
    patterns.map((pattern) => `${base}/${pattern}`),
  );
  return condition === undefined ? statement : { ...statement, Condition: condition };
}

/** Adds resources that nothing matches until the answer has the length. */
function padded(answer: (padding: readonly string[]) => object, base: string, length: number): object {
  const padding: string[] = [];
  const frame = `${base}/GET/padding/`;
  for (;;) {
    const missing = length - JSON.stringify(answer(padding)).length;
    if (missing < frame.length) return answer(padding);
    padding.push(frame.padEnd(Math.min(PADDING, missing), "x"));
  }
}

/** Tells what reached a backend; only to those who have the run's key. */
export function echo(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  if (readToken(authorizationOf(event), process.env["VERIFY_KEY"]) === undefined)
    return Promise.resolve({ statusCode: 404, body: "{}" });
  const { resource, multiValueHeaders: headers, requestContext } = event;
  const { callId, seen } = requestContext.authorizer ?? {};
  const body = JSON.stringify({ resource, headers, callId, seen });
  return Promise.resolve({ statusCode: 200, headers: { "content-type": "application/json" }, body });
}

function authorizationOf({ headers }: { readonly headers: object | null }): string | undefined {
  const found = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "authorization");
  return typeof found?.[1] === "string" ? found[1] : undefined;
}
