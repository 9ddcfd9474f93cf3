import type { NaiveDocument } from "../oracle/naive-matcher.ts";
import { isParameter, type NaiveRoute, naiveRoute } from "../oracle/naive-routes.ts";

const allow = (resources: readonly string[]): NaiveDocument => ({
  Statement: [{ Effect: "Allow", Resource: resources }],
});

const withStars = ({ method, segments }: NaiveRoute, star: string): string =>
  `${method}/${segments.map((segment) => (isParameter(segment) ? star : segment)).join("/")}`;

/** Writes one policy for the token with `*` for each parameter, as most samples do. */
export const oneStarAParameter = (base: string, keys: readonly string[]): NaiveDocument =>
  allow(keys.map((key) => `${base}/${withStars(naiveRoute(key), "*")}`));

/** Writes one policy for the token that lists every route, with `?*` for each parameter. */
export const everyArn = (base: string, keys: readonly string[]): NaiveDocument =>
  allow(keys.map((key) => `${base}/${withStars(naiveRoute(key), "?*")}`));

/** Writes a policy for the one request that the Lambda received, which is then cached for the token. */
export const thisArnOnly = (base: string, method: string, path: string): NaiveDocument =>
  allow([`${base}/${method}${path}`]);

/** The blueprint's error for a resource that its regular expression does not match. */
export class InvalidResourceError extends Error {}

/**
 * The relevant part of AWS's own blueprint (awslabs/aws-apigateway-lambda-authorizer-blueprints, nodejs):
 * `allowMethod(verb, resource)` checks the resource by its `pathRegex`, removes a leading slash, and adds the
 * ARN to a single statement.
 */
export class BlueprintPolicy {
  readonly #base: string;
  readonly #resources: string[] = [];

  constructor(base: string) {
    this.#base = base;
  }

  allowMethod(verb: string, resource: string): void {
    if (!/^[/.a-zA-Z0-9-*]+$/.test(resource))
      throw new InvalidResourceError(`Invalid resource path: ${resource}`);
    this.#resources.push(`${this.#base}/${verb}/${resource.replace(/^\//, "")}`);
  }

  build(): NaiveDocument {
    return allow(this.#resources);
  }
}

/**
 * Writes every granted route by the blueprint, with `*` for each parameter. Routes for which it throws are
 * counted.
 */
export function blueprint(
  base: string,
  keys: readonly string[],
): { readonly document: NaiveDocument; readonly thrown: number } {
  const policy = new BlueprintPolicy(base);
  let thrown = 0;
  for (const key of keys) {
    const { method, segments } = naiveRoute(key);
    try {
      policy.allowMethod(
        method,
        `/${segments.map((segment) => (isParameter(segment) ? "*" : segment)).join("/")}`,
      );
    } catch (error) {
      if (!(error instanceof InvalidResourceError)) throw error;
      thrown++;
    }
  }
  return { document: policy.build(), thrown };
}
