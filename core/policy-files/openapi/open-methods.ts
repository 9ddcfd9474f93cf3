import { overlaps, patternParts } from "../../exact/overlap.ts";
import { makeRoute, type Route } from "../../model/route.ts";
import type { Api } from "../model/operation.ts";

/** The methods that no authorizer guards: public routes, and the preflight of every path. */
export interface OpenMethods {
  /** `METHOD/path`, a parameter as `?*`: what stands behind the stage in a policy's resource. */
  readonly resources: readonly string[];
  /** Guarded routes whose requests one of these would match too, in words; a resource policy cannot tell them apart. */
  readonly conflicts: readonly string[];
}

/**
 * What a resource policy has to allow, and nothing else: under one that allows a guarded route's request, an
 * authorizer's silence would let it pass.
 */
export function openMethods({ operations }: Pick<Api, "operations">): OpenMethods {
  // What is left to another authorizer is guarded too, if not by us.
  const guarded = operations.filter((operation) => !operation.public).map(({ route }) => route);
  const open = operations.filter((operation) => operation.public).map(({ route }) => route);
  const preflights = preflightRoutes(operations.map(({ route }) => route));
  const allPreflight = !guarded.some(({ method }) => method === "OPTIONS");
  const routes = allPreflight ? open.filter(({ method }) => method !== "OPTIONS") : [...open, ...preflights];
  return {
    resources: [...routes.map(resourceOf), ...(allPreflight ? ["OPTIONS/*"] : [])],
    conflicts: routes.flatMap((route) => conflictsOf(route, guarded)),
  };
}

/** Every path that does not declare OPTIONS itself has a preflight without an authorizer. */
function preflightRoutes(routes: readonly Route[]): Route[] {
  const declared = new Set(routes.filter(({ method }) => method === "OPTIONS").map(({ path }) => path));
  const paths = new Set(routes.map(({ path }) => path).filter((path) => !declared.has(path)));
  return [...paths].map((path) => makeRoute("OPTIONS", path));
}

const resourceOf = ({ method, segments }: Route): string =>
  `${method}/${segments.map((segment) => (segment.kind === "literal" ? segment.text : "?*")).join("/")}`;

const conflictsOf = (route: Route, guarded: readonly Route[]): string[] =>
  guarded
    .filter((other) => overlaps(patternParts(route), other, { decodedSlashes: true }))
    .map((other) => `${route.key}, which is open, also matches requests of ${other.key}`);
