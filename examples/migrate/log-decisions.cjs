"use strict";

/**
 * Wraps the handler of a Lambda authorizer: writes one line {method, path, claims, allowed, time} for each decision.
 * What the handler returns or throws stays as it is.
 *
 * @param handler the handler, async or with a callback
 * @param claimNames the claims of the token that the lines have, in addition to the standard ones
 */
exports.logDecisions = (handler, claimNames) => {
  // Lambda distinguishes handlers by the number of their parameters.
  if (handler.length < 3)
    return async (event, context) => {
      const line = startLine(event, claimNames);
      return follow(async () => handler(event, context), line);
    };
  return (event, context, callback) => {
    const line = startLine(event, claimNames);
    const respond = (error, answer) => {
      if (error) line.failed(error);
      else line.answered(answer);
      callback(error, answer);
    };
    try {
      const result = handler(event, context, respond);
      return typeof result?.then === "function" ? follow(() => result, line) : result;
    } catch (error) {
      line.failed(error);
      throw error;
    }
  };
};

/** Writes the line of a promised answer, and returns the same answer. */
async function follow(decide, line) {
  try {
    const answer = await decide();
    line.answered(answer);
    return answer;
  } catch (error) {
    line.failed(error);
    throw error;
  }
}

/** Reads a request, and writes its line when the first answer is known. The answer never depends on the line. */
function startLine(event, claimNames) {
  let write = (decide) => {
    write = () => undefined;
    try {
      const allowed = decide();
      if (allowed !== undefined)
        console.log(JSON.stringify({ ...request, allowed, time: Date.now() / 1000 }));
    } catch {
      console.error("A decision was not logged");
    }
  };
  let request;
  try {
    request = readRequest(event, claimNames);
  } catch {
    // Then the line cannot be written either.
  }
  return {
    answered: (answer) => write(() => isAllowed(answer, request.arn)),
    failed: (error) => write(() => isDenied(error)),
  };
}

/** Reads method and path from the ARN, because the event's own path can have a stage or a base path. */
function readRequest(event, claimNames) {
  const arn = event.routeArn ?? event.methodArn;
  const [, , method, ...segments] = arn.split("/");
  const request = { method, path: `/${segments.join("/")}`, claims: readClaims(tokenIn(event), claimNames) };
  return Object.defineProperty(request, "arn", { value: arn });
}

/** Change it if your clients send the token elsewhere. */
function tokenIn({ authorizationToken, headers }) {
  const name = Object.keys(headers ?? {}).find((one) => one.toLowerCase() === "authorization");
  return (authorizationToken ?? headers?.[name] ?? "").replace(/^Bearer +/i, "");
}

const STANDARD = ["iss", "sub", "aud", "exp", "nbf"];

/** Reads claims without verification, which is the handler's work. Null: this is not a JWT. */
function readClaims(token, names) {
  try {
    const payload = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    return Object.fromEntries(
      [...STANDARD, ...names].filter((name) => name in payload).map((name) => [name, payload[name]]),
    );
  } catch {
    return null;
  }
}

/** API Gateway answers 401 to "Unauthorized", and 500 to every other error, which is no decision. */
const isDenied = (error) => ((error?.message ?? error) === "Unauthorized" ? false : undefined);

/** Returns what API Gateway makes of an answer; null if a condition decides. */
function isAllowed(answer, arn) {
  if (typeof answer?.isAuthorized === "boolean") return answer.isAuthorized;
  const statements = [answer.policyDocument.Statement].flat();
  if (statements.some(({ Condition, Resource }) => Condition !== undefined || Resource === undefined))
    return null;
  const matches = (effect) =>
    statements.some(
      ({ Effect, Resource }) => Effect === effect && [Resource].flat().some((pattern) => fits(pattern, arn)),
    );
  return matches("Allow") && !matches("Deny");
}

/** Returns whether an ARN fits a pattern, in which * is any text and ? any character. */
function fits(pattern, arn) {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`, "s").test(arn);
}
