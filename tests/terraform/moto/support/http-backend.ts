import type { RequestListener } from "node:http";

/**
 * A backend of kind http: tells what it was told of the caller, in the sample backend's form. As a server of CGI,
 * it takes `_` in a header's name for `-`; values that differ are told one after the other.
 */
export const httpBackend: RequestListener = (request, response) => {
  const header = (name: string): string => {
    const alike = Object.entries(request.headers).filter(([key]) => key.replaceAll("_", "-") === name);
    return [...new Set(alike.map(([, value]) => String(value)))].join(" ");
  };
  const caller = {
    tenantId: header("x-tenant-id"),
    userId: header("x-user-id"),
    roles: header("x-roles").split(","),
  };
  response
    .writeHead(200, { "content-type": "application/json" })
    .end(JSON.stringify({ caller: { ...caller, path: request.url }, request: {} }));
};
