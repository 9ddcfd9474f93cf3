import { DefinitionError, type SecurityScheme } from "../shared/definition.ts";
import { findFunction } from "../shared/invocation-uri.ts";
import type { AuthorizerModel, Functions, Mapping } from "../shared/model.ts";
import { parseMapping } from "./parameter-mapping.ts";

/** API Gateway's default quota. */
const MAX_AUTHORIZERS = 10;

/**
 * Reads the Lambda authorizers among the security schemes, by the scheme's name.
 *
 * @throws DefinitionError for an authorizer that API Gateway would reject or the gateway cannot run
 */
export function readAuthorizers(
  schemes: Readonly<Record<string, SecurityScheme>>,
  functions: Functions,
): Map<string, AuthorizerModel> {
  const custom = Object.entries(schemes).filter(([, scheme]) => scheme["x-amazon-apigateway-authorizer"]);
  if (custom.length > MAX_AUTHORIZERS) {
    throw new DefinitionError("securitySchemes", `an API can have at most ${MAX_AUTHORIZERS} authorizers`);
  }
  return new Map(custom.map(([name, scheme]) => [name, readAuthorizer(name, scheme, functions)]));
}

function readAuthorizer(name: string, scheme: SecurityScheme, functions: Functions): AuthorizerModel {
  const location = `securitySchemes.${name}`;
  const settings = scheme["x-amazon-apigateway-authorizer"];
  if (scheme["x-amazon-apigateway-authtype"] !== "custom" || scheme.type !== "apiKey") {
    throw new DefinitionError(location, "a Lambda authorizer must have type apiKey and authtype custom");
  }
  if (settings?.type !== "request" && settings?.type !== "token") {
    throw new DefinitionError(
      location,
      `an authorizer of type "${settings?.type}" cannot be run locally: use request or token`,
    );
  }
  const { type, authorizerResultTtlInSeconds: ttl, identityValidationExpression } = settings;
  const fallback = type === "token" ? `method.request.header.${scheme.name ?? "Authorization"}` : "";
  const identitySources = readSources(settings.identitySource ?? fallback, location);
  checkSources(type, ttl, identitySources, location);
  return {
    name,
    type,
    function: findFunction(settings.authorizerUri, location, functions),
    identitySources,
    tokenPattern: readPattern(identityValidationExpression, type, location),
    ttl,
  };
}

function readSources(identitySource: string, location: string): readonly Mapping[] {
  return identitySource
    .split(",")
    .filter((source) => source.trim() !== "")
    .map((source) => parseMapping(source, location, ["header", "querystring", "stageVariables", "context"]));
}

function checkSources(
  type: AuthorizerModel["type"],
  ttl: number,
  sources: readonly Mapping[],
  location: string,
): void {
  if (type === "token" && (sources.length !== 1 || sources[0]?.source !== "header")) {
    throw new DefinitionError(
      location,
      "a token authorizer must have exactly one header as its identity source",
    );
  }
  if (ttl > 0 && sources.length === 0) {
    throw new DefinitionError(location, "an authorizer with caching needs an identity source");
  }
}

function readPattern(
  expression: string | undefined,
  type: AuthorizerModel["type"],
  location: string,
): RegExp | undefined {
  if (expression === undefined) return undefined;
  if (type !== "token") throw new DefinitionError(location, "only a token authorizer can validate its token");
  try {
    return new RegExp(`^(?:${expression})$`, "s");
  } catch {
    throw new DefinitionError(location, `"${expression}" is not a regular expression`);
  }
}
