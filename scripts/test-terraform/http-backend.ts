import type { RequestListener } from "node:http";

/** A backend of kind http: tells what it was told of the caller, in the sample backend's form. */
export const httpBackend: RequestListener = (request, response) => {
  const header = (name: string): string => String(request.headers[name] ?? "");
  const caller = {
    tenantId: header("x-tenant-id"),
    userId: header("x-user-id"),
    roles: header("x-roles").split(","),
  };
  response
    .writeHead(200, { "content-type": "application/json" })
    .end(JSON.stringify({ caller: { ...caller, path: request.url }, request: {} }));
};
