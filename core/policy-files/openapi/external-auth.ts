import { isObject } from "../../model/is-object.ts";
import type { Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { suggestion } from "../source/suggestion.ts";
import { valueAt } from "../source/validate.ts";

type Json = Readonly<Record<string, unknown>>;

/** Ours are named by their groups; another of such a name would be lost. */
/** The scheme of the API keys of usage plans. */
const API_KEY_SCHEME = "api_key";

export const isOurScheme = (name: string): boolean => name.startsWith("portcullis_");

/**
 * The security scheme to which an operation is left (`auth: external`). API Gateway guards an operation only by
 * a scheme that has `x-amazon-apigateway-authtype` (and takes any other for an API key, or for nothing), and
 * without one it would be open: so each operation names exactly one such scheme of the document.
 */
export function readExternal(source: Source, operation: Path, what: string, problems: Problems): string {
  const security = valueAt(source.value, [...operation, "security"]);
  const [requirement, ...more] = Array.isArray(security) ? (security as unknown[]) : [];
  const [name, ...others] = isObject(requirement) ? Object.keys(requirement) : [];
  if (name === undefined || more.length > 0 || others.length > 0) {
    const at = security === undefined ? [...operation, "x-portcullis", "auth"] : [...operation, "security"];
    problems.error(
      source.keyAt(at),
      `${what} is left to another authorizer, and does not say which: add security: [{ <scheme>: [] }] beside x-portcullis, with one of the document's own securitySchemes; without it the route would be open`,
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
  if (isOurScheme(name) || name === API_KEY_SCHEME)
    problems.error(
      source.at(at),
      `${what}: the security scheme "${name}" has a name of Portcullis' own: rename it`,
    );
  else if (!isObject(scheme))
    problems.error(
      source.at(at),
      `${what}: components.securitySchemes has no "${name}"${suggestion(name, Object.keys(known))}`,
    );
  else if (!guards(scheme))
    problems.error(
      source.keyAt(["components", "securitySchemes", name]),
      `${what}: API Gateway would not guard it by "${name}": that takes type: apiKey with x-amazon-apigateway-authtype: awsSigv4, or with an x-amazon-apigateway-authorizer of type token or request and its authorizerUri, or of type cognito_user_pools and its providerARNs`,
    );
}

/** Only what names IAM, or an authorizer whole: of anything less nobody knows what API Gateway makes. */
function guards(scheme: Json): boolean {
  const authorizer = scheme["x-amazon-apigateway-authorizer"];
  const authtype = scheme["x-amazon-apigateway-authtype"];
  if (scheme["type"] !== "apiKey" || typeof authtype !== "string") return false;
  if (authorizer === undefined) return authtype === "awsSigv4";
  if (!isObject(authorizer)) return false;
  const { type, authorizerUri, providerARNs } = authorizer as Readonly<Record<string, unknown>>;
  if (type === "cognito_user_pools") return Array.isArray(providerARNs) && providerARNs.length > 0;
  return (type === "token" || type === "request") && typeof authorizerUri === "string";
}
