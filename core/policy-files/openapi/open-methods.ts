import { patternParts, requestParts } from "../../exact/overlap.ts";
import { matcherOf } from "../../exact/pattern-masks.ts";
import { makeRoute, type Route } from "../../model/route.ts";
import type { Api } from "../model/operation.ts";

/** The methods that no authorizer guards: public routes, and the preflight of every path. */
export interface OpenMethods {
  /** `METHOD/path` with `?*` for each parameter: the part after the stage in a policy's resource. */
  readonly resources: readonly string[];
  /**
   * Messages about guarded routes whose requests one of the resources also matches; a resource policy cannot
   * distinguish them.
   */
  readonly conflicts: readonly string[];
}

/**
 * Returns the methods that a resource policy must allow. It must allow nothing else: if it allows a guarded route's
 * request, that request passes unless the authorizer denies it explicitly.
 */
export function openMethods({ operations }: Pick<Api, "operations">): OpenMethods {
  // Routes that are left to another authorizer are guarded too.
  const guarded = operations.filter((operation) => !operation.public).map(({ route }) => route);
  const open = operations.filter((operation) => operation.public).map(({ route }) => route);
  const preflights = preflightRoutes(operations.map(({ route }) => route));
  const allPreflight = !guarded.some(({ method }) => method === "OPTIONS");
  const routes = allPreflight ? open.filter(({ method }) => method !== "OPTIONS") : [...open, ...preflights];
  return {
    resources: [...routes.map(printResource), ...(allPreflight ? ["OPTIONS/*"] : [])],
    conflicts: findConflicts(routes, guarded),
  };
}

/** Returns the preflight routes: one without an authorizer for each path that does not declare OPTIONS itself. */
function preflightRoutes(routes: readonly Route[]): Route[] {
  const declared = new Set(routes.filter(({ method }) => method === "OPTIONS").map(({ path }) => path));
  const paths = new Set(routes.map(({ path }) => path).filter((path) => !declared.has(path)));
  return [...paths].map((path) => makeRoute("OPTIONS", path));
}

const printResource = ({ method, segments }: Route): string =>
  `${method}/${segments.map((segment) => (segment.kind === "literal" ? segment.text : "?*")).join("/")}`;

function findConflicts(open: readonly Route[], guarded: readonly Route[]): string[] {
  const requests = guarded.map((route) => ({ route, parts: requestParts(route, { decodedSlashes: true }) }));
  return open.flatMap((route) => {
    const matches = matcherOf(patternParts(route));
    return requests
      .filter(({ parts }) => matches(parts))
      .map(({ route: other }) => `${route.key}, which is open, also matches requests of ${other.key}`);
  });
}
