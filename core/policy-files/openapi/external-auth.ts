import { isObject } from "../../model/is-object.ts";
import type { Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import { valueAt } from "../source/validate.ts";

type Json = Readonly<Record<string, unknown>>;

/** The security scheme that requires the API keys of usage plans. */
export const RESERVED_SCHEME = "api_key";

/** Returns whether a scheme is the API key that API Gateway checks, which it recognises by the header's name. */
export const isApiKeyScheme = (scheme: unknown): boolean =>
  isObject(scheme) &&
  scheme["type"] === "apiKey" &&
  String(scheme["name"]).toLowerCase() === "x-api-key" &&
  scheme["in"] === "header" &&
  scheme["x-amazon-apigateway-authtype"] === undefined &&
  scheme["x-amazon-apigateway-authorizer"] === undefined;

/** Returns the schemes that a `security` names, in all of its requirements. */
export const schemeNames = (security: unknown): string[] =>
  Array.isArray(security) ? [...new Set(security.filter(isObject).flatMap((one) => Object.keys(one)))] : [];

/** Returns the schemes of API keys that an operation's own `security` names. */
export const requiredApiKeys = ({ value }: Source, operation: Path): string[] =>
  schemeNames(valueAt(value, [...operation, "security"])).filter((name) => isApiKey(value, name));

const isApiKey = (document: unknown, name: string): boolean =>
  isApiKeyScheme(valueAt(document, ["components", "securitySchemes", name]));

/**
 * Returns whether a scheme's name is one that Portcullis generates; a scheme of the team with such a name would
 * be overwritten.
 */
export const isOurScheme = (name: string): boolean => name.startsWith("portcullis_");

/**
 * Returns the name of the security scheme that guards an operation with `auth: external`. The operation must name
 * exactly one scheme with `x-amazon-apigateway-authtype`, with or without API keys: API Gateway reads any other scheme
 * as an API key or ignores it, and without a scheme the operation would be open.
 */
export function readExternal(source: Source, operation: Path, what: string, problems: Problems): string {
  const security = valueAt(source.value, [...operation, "security"]);
  const requirements = Array.isArray(security) ? (security as unknown[]) : [];
  const names = schemeNames(security);
  const [name = names.length === 1 ? names[0] : undefined, ...others] = names.filter(
    (one) => !isApiKey(source.value, one),
  );
  const isOptional = requirements.some((one) => !isObject(one) || Object.keys(one).length === 0);
  if (name === undefined || others.length > 0 || isOptional) {
    const at = security === undefined ? [...operation, "x-portcullis", "auth"] : [...operation, "security"];
    problems.error(
      "external-security",
      source.keyAt(at),
      `${what} is left to another authorizer, but its security does not name exactly one, so the route would be open: add security: [{ <scheme>: [] }] next to x-portcullis, with one of the document's own securitySchemes`,
    );
    return "";
  }
  checkScheme(source, [...operation, "security"], name, what, problems);
  return name;
}

function checkScheme(source: Source, at: Path, name: string, what: string, problems: Problems): void {
  const schemes = valueAt(source.value, ["components", "securitySchemes"]);
  const known = isObject(schemes) ? schemes : {};
  const scheme = Object.hasOwn(known, name) ? known[name] : undefined;
  if (isOurScheme(name) || name === RESERVED_SCHEME)
    problems.error(
      "reserved-scheme",
      source.at(at),
      `${what}: the name of the security scheme "${name}" is reserved for Portcullis: rename it`,
    );
  else if (!isObject(scheme))
    problems.error(
      "unknown-scheme",
      source.at(at),
      `${what}: there is no "${name}" in components.securitySchemes${suggestion(name, Object.keys(known))}`,
    );
  else if (!guards(scheme))
    problems.error(
      "external-security",
      source.keyAt(["components", "securitySchemes", name]),
      `${what}: API Gateway would not guard it with "${name}": expected type: apiKey with x-amazon-apigateway-authtype: awsSigv4, or with an x-amazon-apigateway-authorizer of type token or request and its authorizerUri, or of type cognito_user_pools and its providerARNs`,
    );
}

/**
 * Returns whether a scheme names IAM or a complete authorizer: it is not documented what API Gateway does with
 * any other.
 */
export function guards(scheme: Json): boolean {
  const authorizer = scheme["x-amazon-apigateway-authorizer"];
  const authtype = scheme["x-amazon-apigateway-authtype"];
  if (scheme["type"] !== "apiKey" || typeof authtype !== "string") return false;
  if (authorizer === undefined) return authtype === "awsSigv4";
  if (!isObject(authorizer)) return false;
  const { type, authorizerUri, providerARNs } = authorizer as Readonly<Record<string, unknown>>;
  if (type === "cognito_user_pools") return Array.isArray(providerARNs) && providerARNs.length > 0;
  return (type === "token" || type === "request") && typeof authorizerUri === "string";
}
