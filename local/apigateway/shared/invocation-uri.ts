import { DefinitionError } from "./definition.ts";
import type { Functions, Invocable } from "./model.ts";

const SHAPE = /^arn:[a-z-]+:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/;

/**
 * The function that an integration's or authorizer's URI names:
 * `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/<FUNCTION ARN>/invocations`.
 *
 * @throws DefinitionError when it is no such URI, or there is no such function
 */
export function functionOf(uri: string | undefined, place: string, functions: Functions): Invocable {
  const arn = SHAPE.exec(uri ?? "")?.[1];
  if (arn === undefined)
    throw new DefinitionError(place, `"${uri ?? ""}" is not the URI of a Lambda invocation`);
  const found = functions.get(arn);
  if (found === undefined) throw new DefinitionError(place, `there is no local function for ${arn}`);
  return found;
}
