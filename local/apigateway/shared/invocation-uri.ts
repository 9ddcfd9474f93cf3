import { DefinitionError } from "./definition.ts";
import type { Functions, Invocable } from "./model.ts";

const SHAPE = /^arn:[a-z-]+:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/;

/**
 * Finds the function that the URI of an integration or authorizer names:
 * `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/<FUNCTION ARN>/invocations`.
 *
 * @throws DefinitionError when the URI has another form, or there is no such function
 */
export function findFunction(uri: string | undefined, location: string, functions: Functions): Invocable {
  const arn = SHAPE.exec(uri ?? "")?.[1];
  if (arn === undefined)
    throw new DefinitionError(location, `"${uri ?? ""}" is not the URI of a Lambda invocation`);
  const found = functions.get(arn);
  if (found === undefined) throw new DefinitionError(location, `there is no local function for ${arn}`);
  return found;
}
