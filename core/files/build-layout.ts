import type { CachingMode, LayoutData } from "../layout.ts";
import type { Route } from "../route.ts";
import type { Api } from "./api.ts";
import { digest } from "./digest.ts";

/** Raised when what a cached policy means changes, so that no cached policy of an earlier version is met. */
const LAYOUT_VERSION = 1;

/** The routes that an authorizer guards, in the order of the API. */
export const guardedRoutes = (api: Api): Route[] =>
  api.operations.filter((operation) => !operation.public).map((operation) => operation.route);

/** A layout whose hash is of all that it says. */
export function makeLayout(
  mode: CachingMode,
  tenantHeader: string | null,
  groups: readonly { readonly name: string; readonly routes: readonly Route[] }[],
): LayoutData {
  const content = {
    mode,
    tenantHeader,
    groups: groups.map(({ name, routes }) => ({
      name,
      routes: routes.map(({ method, path, scopes }) => [method, path, ...scopes] as const),
    })),
  };
  return { ...content, hash: digest({ version: LAYOUT_VERSION, ...content }, 12) };
}

/** One authorizer for all routes: exact by route, or without caching. */
export const singleGroupLayout = (mode: "route" | "off", api: Api): LayoutData =>
  makeLayout(mode, api.tenantHeader, [{ name: "all", routes: guardedRoutes(api) }]);
