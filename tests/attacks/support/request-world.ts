import { matchPath, type Route } from "../../../core/model/route.ts";
import { BASE, policiesOf } from "../../support/policy-files.ts";

/** An API in which each route that is granted to `reader` has a neighbour that is not. */
const API = `openapi: 3.0.3
info: { title: Neighbours, version: "1" }
x-portcullis:
  backends: { docs: lambda }
paths:
  /documents:
    get: { x-portcullis: { backend: docs, permission: documents.list } }
    post: { x-portcullis: { backend: docs, permission: documents.create } }
  /documents/search:
    get: { x-portcullis: { backend: docs, permission: search.read } }
  /documents/{documentId}:
    get: { x-portcullis: { backend: docs, permission: documents.read } }
    delete: { x-portcullis: { backend: docs, permission: documents.purge } }
  /documents/{documentId}/comments:
    get: { x-portcullis: { backend: docs, permission: comments.read } }
  /files/secret:
    get: { x-portcullis: { backend: docs, permission: secret.read } }
  /files/{proxy+}:
    get: { x-portcullis: { backend: docs, permission: files.read } }
    put: { x-portcullis: { backend: docs, permission: files.write } }
  /users/{userId}:
    patch: { x-portcullis: { backend: docs, permission: users.write } }
  /admin:
    get: { x-portcullis: { backend: docs, permission: admin.read } }
  /admin/{proxy+}:
    get: { x-portcullis: { backend: docs, permission: admin.read } }
`;

/** The policies for this API, with a role for some routes and a role for all. */
export const WORLD = policiesOf({
  ...BASE,
  "api.yaml": API,
  "roles/reader.yaml": `allow:
  - documents.list
  - documents.read
  - files.*
  - { route: "PATCH /users/{userId}", where: { userId: subject } }
`,
  "roles/admin.yaml": "allow: [ANY /**]\n",
});

export const READER = { tenants: ["acme"], roles: ["reader"], subject: "ann" };
export const ADMIN = { tenants: ["acme"], roles: ["admin"], subject: "root" };

const READER_ROUTES = [
  "GET /documents",
  "GET /documents/{documentId}",
  "GET /files/{proxy+}",
  "PUT /files/{proxy+}",
];

/** Reports whether `reader` may call a route with this reading of the path; written by hand, without the policy. */
export function readerMay({ key, segments }: Route, path: string): boolean {
  const values = matchPath(segments, path);
  if (values === undefined) return false;
  if (key !== "PATCH /users/{userId}") return READER_ROUTES.includes(key);
  return decodeLeniently(values["userId"] ?? "") === "ann";
}

/** Decodes a string once; a string with an invalid encoding does not change. */
export function decodeLeniently(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
