import type { NaiveDocument } from "../oracle/naive-matcher.ts";
import { isParameter, type NaiveRoute, naiveRoute } from "../oracle/naive-routes.ts";

const allow = (resources: readonly string[]): NaiveDocument => ({
  Statement: [{ Effect: "Allow", Resource: resources }],
});

const withStars = ({ method, segments }: NaiveRoute, star: string): string =>
  `${method}/${segments.map((segment) => (isParameter(segment) ? star : segment)).join("/")}`;

/** One policy for the token, each parameter a `*`: how most samples write it. */
export const oneStarAParameter = (base: string, keys: readonly string[]): NaiveDocument =>
  allow(keys.map((key) => `${base}/${withStars(naiveRoute(key), "*")}`));

/** One policy for the token that lists every route, with `?*`. */
export const everyArn = (base: string, keys: readonly string[]): NaiveDocument =>
  allow(keys.map((key) => `${base}/${withStars(naiveRoute(key), "?*")}`));

/** A policy for the one request that the Lambda was asked about, then cached for the token. */
export const thisArnOnly = (base: string, method: string, path: string): NaiveDocument =>
  allow([`${base}/${method}${path}`]);

/** Raised by the blueprint for a resource that its own expression does not know. */
export class InvalidResourceError extends Error {}

/**
 * AWS's own blueprint (awslabs/aws-apigateway-lambda-authorizer-blueprints, nodejs), as far as it matters here:
 * `allowMethod(verb, resource)` checks the resource by its `pathRegex`, drops a slash at its beginning, and
 * puts the ARN of all allowed methods into one statement.
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

/** The blueprint given every granted route, `*` for a parameter; routes that it throws at are left out and counted. */
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
