import { type Layout, type LayoutData, readLayout } from "../../core/model/layout.ts";
import { type Method, makeRoute, type Route } from "../../core/model/route.ts";

export const BASE_ARN = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod";

/** Makes a route from a key such as `GET /documents/{documentId}`. */
export function route(key: string, ...scopes: string[]): Route {
  const [method = "", path = ""] = key.split(" ");
  return makeRoute(method as Method, path, scopes);
}

/** Makes a layout of one group. */
export const layoutOf = (routes: readonly Route[], changes: Partial<LayoutData> = {}): Layout =>
  readLayout({
    mode: "route",
    hash: "abc123",
    tenantSelector: null,
    slashes: false,
    shortTenantIds: false,
    groups: [groupOf("all", routes)],
    ...changes,
  });

export const groupOf = (name: string, routes: readonly Route[]): LayoutData["groups"][number] => ({
  name,
  routes: routes.map(({ method, path, scopes }) => [method, path, ...scopes] as const),
  anyMethodPaths: [],
});
