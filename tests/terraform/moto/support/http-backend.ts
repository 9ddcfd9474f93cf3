import type { RequestListener } from "node:http";

/**
 * A backend of kind http that returns the caller from the headers, in the sample backend's format. Like a CGI server, it
 * reads `_` in a header's name as `-`; if headers then have different values, it returns all of them.
 */
export const httpBackend: RequestListener = (request, response) => {
  const header = (name: string): string => {
    const matching = Object.entries(request.headers).filter(([key]) => key.replaceAll("_", "-") === name);
    return [...new Set(matching.map(([, value]) => String(value)))].join(" ");
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
