import { DefinitionError } from "../shared/definition.ts";
import { findFunction } from "../shared/invocation-uri.ts";
import type { Functions } from "../shared/model.ts";
import type { AuthorizerDefinition, HttpDefinition } from "./definition.ts";
import type { HttpAuthorizer } from "./model.ts";
import { parseSelection } from "./selection.ts";

/** API Gateway's default quota. */
const MAX_AUTHORIZERS = 10;

/**
 * Reads the authorizers among the security schemes, by the scheme's name.
 *
 * @throws DefinitionError for one that API Gateway would reject or the gateway cannot run
 */
export function readHttpAuthorizers(
  schemes: HttpDefinition["components"]["securitySchemes"],
  functions: Functions,
): Map<string, HttpAuthorizer> {
  const authorizers = Object.entries(schemes).flatMap(([name, scheme]) => {
    const settings = scheme["x-amazon-apigateway-authorizer"];
    return settings === undefined ? [] : [[name, readAuthorizer(name, settings, functions)] as const];
  });
  if (authorizers.length > MAX_AUTHORIZERS)
    throw new DefinitionError("securitySchemes", `an API can have at most ${MAX_AUTHORIZERS} authorizers`);
  return new Map(authorizers);
}

function readAuthorizer(name: string, settings: AuthorizerDefinition, functions: Functions): HttpAuthorizer {
  const location = `securitySchemes.${name}`;
  if (settings.type === "jwt") {
    const { identitySource, jwtConfiguration } = settings;
    return {
      type: "jwt",
      name,
      identitySource: parseSelection(identitySource, location),
      ...jwtConfiguration,
    };
  }
  const identitySources = settings.identitySource
    .split(",")
    .filter((source) => source.trim() !== "")
    .map((source) => parseSelection(source, location));
  const ttl = settings.authorizerResultTtlInSeconds;
  if (ttl > 0 && identitySources.length === 0)
    throw new DefinitionError(location, "an authorizer with caching needs an identity source");
  return {
    type: "request",
    name,
    function: findFunction(settings.authorizerUri, location, functions),
    simpleResponses: settings.enableSimpleResponses,
    identitySources,
    ttl,
  };
}
