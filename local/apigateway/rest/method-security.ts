import { DefinitionError, type OperationDefinition, type SecurityScheme } from "../shared/definition.ts";
import type { AuthorizerModel } from "../shared/model.ts";

/** The authorization of a method. */
export interface MethodSecurity {
  readonly authorizer: AuthorizerModel | undefined;
  /** The security scheme that guards it and cannot be run here: every request is denied. */
  readonly notRunHere: string | undefined;
  readonly apiKeyRequired: boolean;
}

/** The schemes that an operation may name. */
export interface KnownSchemes {
  readonly authorizers: ReadonlyMap<string, AuthorizerModel>;
  /** The schemes that cannot be run here. */
  readonly notRunHere: ReadonlySet<string>;
  readonly definition: {
    readonly components: { readonly securitySchemes: Schemes };
    readonly security: Requirements;
  };
}

type Requirements = readonly Readonly<Record<string, readonly string[]>>[];

type Schemes = Readonly<Record<string, SecurityScheme>>;

/**
 * Reads an operation's own `security`, else the root's, which an import applies to every operation without its own. It
 * may name one authorizer and, next to it, the scheme of API keys. Each may be a separate requirement, as AWS SAM writes
 * them.
 *
 * @throws DefinitionError for anything else
 */
export function readSecurity(
  location: string,
  operation: OperationDefinition,
  { authorizers, notRunHere, definition }: KnownSchemes,
): MethodSecurity {
  const security = operation.security ?? definition.security;
  if (security.length === 0) return { authorizer: undefined, notRunHere: undefined, apiKeyRequired: false };
  const schemes = definition.components.securitySchemes;
  const requirements = security.map((requirement) => Object.keys(requirement));
  const isOptional = requirements.some((names) => names.length === 0);
  const names = requirements.flat();
  const others = names.filter((name) => !isApiKey(schemes[name]));
  const [name, ...more] = others;
  if (isOptional || more.length > 0 || names.length - others.length > 1)
    throw new DefinitionError(
      location,
      "security must name one authorizer, with or without the scheme of API keys",
    );
  const apiKeyRequired = others.length < names.length;
  if (name === undefined || notRunHere.has(name))
    return { authorizer: undefined, notRunHere: name, apiKeyRequired };
  const authorizer = authorizers.get(name);
  if (authorizer === undefined)
    throw new DefinitionError(
      location,
      `the security scheme "${name}" is not a Lambda authorizer of this definition`,
    );
  return { authorizer, notRunHere: undefined, apiKeyRequired };
}

/** API Gateway recognises API keys by the header's name alone. */
const isApiKey = (scheme: SecurityScheme | undefined): boolean =>
  scheme?.type === "apiKey" &&
  scheme.name?.toLowerCase() === "x-api-key" &&
  scheme["x-amazon-apigateway-authorizer"] === undefined;
