import type { Item } from "../../core/model/items.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import {
  type LoadedPolicies,
  loadPolicies,
  type PolicySet,
} from "../../core/policy-files/model/policy-set.ts";

/** Texts of policy files by their path below the folder. */
export type FileTexts = Readonly<Record<string, string>>;

/** A small API with every kind of route: the folder that most tests change one file of. */
export const API = `openapi: 3.0.3
info: { title: Small, version: "1" }
x-portcullis:
  backends: { docs: lambda, billing: http }
paths:
  /health:
    get: { x-portcullis: { backend: docs, public: true } }
  /documents:
    get: { x-portcullis: { backend: docs, permission: documents.read } }
    post: { x-portcullis: { backend: docs, permission: documents.create } }
  /documents/search:
    get: { x-portcullis: { backend: docs, permission: documents.search } }
  /documents/{documentId}:
    get: { x-portcullis: { backend: docs, permission: documents.read } }
    put: { x-portcullis: { backend: docs, permission: documents.write } }
    delete: { x-portcullis: { backend: docs, permission: documents.purge, scopes: [docs:write], explicit: true } }
  /files/{proxy+}:
    get: { x-portcullis: { backend: docs, permission: files.read } }
  /users/{userId}:
    get: { x-portcullis: { backend: docs, permission: users.read } }
    patch: { x-portcullis: { backend: docs, permission: users.write } }
  /invoices/{invoiceId}:
    get: { x-portcullis: { backend: billing, permission: invoices.read } }
`;

/** One role and one tenant, so that a folder is whole. */
export const BASE: FileTexts = {
  "api.yaml": API,
  "roles/viewer.yaml": "allow: [documents.read]\n",
  "tenants/acme.yaml": "name: Acme\n",
};

export const load = (files: FileTexts, environment = "dev"): LoadedPolicies =>
  loadPolicies(new Map(Object.entries(files)), environment);

/** The base folder with some files put over it. */
export const loadWith = (files: FileTexts, environment = "dev"): LoadedPolicies =>
  load({ ...BASE, ...files }, environment);

/** Prints problems as `file:line:col: message`; a warning has `warning: ` before its message. */
export const problemLines = ({ problems }: LoadedPolicies): string[] =>
  problems.map(
    ({ file, line, column, severity, message }) =>
      `${file}:${line}:${column}: ${severity === "warning" ? "warning: " : ""}${message}`,
  );

/** A folder that must be fine. */
export function policiesOf(files: FileTexts, environment = "dev"): PolicySet {
  const loaded = load(files, environment);
  if (loaded.policies === undefined)
    throw new Error(`The folder has errors:\n${problemLines(loaded).join("\n")}`);
  return loaded.policies;
}

/** The base folder with some files put over it, compiled to the table's items. */
export const itemsWith = (files: FileTexts, environment = "dev"): readonly Item[] =>
  permissionItems(policiesOf({ ...BASE, ...files }, environment));

/** One item by its sort key, or by its partition key for a tenant's. */
export function itemOf(items: readonly Item[], key: string): Item {
  const found = items.find((item) => item["sk"] === key || item["pk"] === key);
  if (found === undefined) throw new Error(`There is no item ${key}`);
  return found;
}

/** What a role of the base folder grants, once it is written as given. */
export const grantsOfRole = (role: string, files: FileTexts = {}): unknown =>
  itemOf(itemsWith({ "roles/tested.yaml": role, ...files }), "ROLE#tested")["grants"];
