import { DefinitionError, type OperationDefinition, type SecurityScheme } from "../shared/definition.ts";
import type { AuthorizerModel } from "../shared/model.ts";

/** What guards a method. */
export interface MethodSecurity {
  readonly authorizer: AuthorizerModel | undefined;
  /** The security scheme that guards it and cannot be run here: nobody is let in. */
  readonly notRunHere: string | undefined;
  readonly apiKeyRequired: boolean;
}

/** The schemes that an operation may name. */
export interface KnownSchemes {
  readonly authorizers: ReadonlyMap<string, AuthorizerModel>;
  /** Those that are another's to run. */
  readonly notRunHere: ReadonlySet<string>;
  readonly definition: { readonly components: { readonly securitySchemes: Schemes } };
}

type Schemes = Readonly<Record<string, SecurityScheme>>;

/**
 * Reads an operation's own `security`, since API Gateway ignores that of the root: at most one authorizer, and at
 * most the scheme of API keys beside it, each a requirement of its own as AWS SAM writes them.
 *
 * @throws DefinitionError for anything else
 */
export function readSecurity(
  place: string,
  { security }: OperationDefinition,
  { authorizers, notRunHere, definition }: KnownSchemes,
): MethodSecurity {
  if (security.length === 0) return { authorizer: undefined, notRunHere: undefined, apiKeyRequired: false };
  const schemes = definition.components.securitySchemes;
  const requirements = security.map((requirement) => Object.keys(requirement));
  const isOptional = requirements.some((names) => names.length === 0);
  const names = requirements.flat();
  const others = names.filter((name) => !isApiKey(schemes[name]));
  const [name, ...more] = others;
  if (isOptional || more.length > 0 || names.length - others.length > 1)
    throw new DefinitionError(
      place,
      "security must name one authorizer, the scheme of API keys beside it or not",
    );
  const apiKeyRequired = others.length < names.length;
  if (name === undefined || notRunHere.has(name))
    return { authorizer: undefined, notRunHere: name, apiKeyRequired };
  const authorizer = authorizers.get(name);
  if (authorizer === undefined)
    throw new DefinitionError(
      place,
      `the security scheme "${name}" is not a Lambda authorizer of this definition`,
    );
  return { authorizer, notRunHere: undefined, apiKeyRequired };
}

/** API Gateway knows API keys by this header's name alone. */
const isApiKey = (scheme: SecurityScheme | undefined): boolean =>
  scheme?.type === "apiKey" &&
  scheme.name?.toLowerCase() === "x-api-key" &&
  scheme["x-amazon-apigateway-authorizer"] === undefined;
