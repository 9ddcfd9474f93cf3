import * as z from "zod";
import { type Suggestions, withSuggestions } from "./folder-schemas.ts";
import { issuersSchema } from "./issuer-schemas.ts";
import { ANY_METHOD } from "./operation.ts";
import {
  apiRootSchema,
  clientsSchema,
  operationSchema,
  plansSchema,
  policyTestsSchema,
  roleSchema,
  tenantSchema,
} from "./schemas.ts";

const SCHEMA_NAMES = ["api", "role", "plans", "tenant", "issuers", "clients", "tests"] as const;
type SchemaName = (typeof SCHEMA_NAMES)[number];

type Json = Readonly<Record<string, unknown>>;

/**
 * Returns the JSON Schemas with which editors complete and check policy files, in draft 7, which all editors
 * support.
 *
 * @param names what they suggest of one folder, see {@link folderNames}
 */
export const jsonSchemas = (names: Suggestions = {}): Record<SchemaName, Json> =>
  Object.fromEntries(
    Object.entries(allSchemas()).map(([name, schema]) => [name, withSuggestions(schema, names)]),
  ) as Record<SchemaName, Json>;

function allSchemas(): Record<SchemaName, Json> {
  return {
    api: apiSchema(),
    role: titledSchema("role", roleSchema, "A role: policies/roles/<role>.yaml"),
    plans: titledSchema("plans", plansSchema, "The plans: policies/plans.yaml"),
    tenant: titledSchema("tenant", tenantSchema, "A tenant: policies/tenants/<tenant>.yaml"),
    issuers: titledSchema("issuers", issuersSchema, "The trusted issuers: policies/issuers.yaml"),
    clients: titledSchema(
      "clients",
      clientsSchema,
      "What OAuth clients may do at most: policies/clients.yaml",
    ),
    tests: titledSchema("tests", policyTestsSchema.min(1), "Policy tests: policies/tests/*.yaml"),
  };
}

const DRAFT = "http://json-schema.org/draft-07/schema#";

/** Returns the id of a schema. Tools store it, so it stays the same in every version. */
const schemaId = (name: string): string => `urn:portcullis:schema:${name}`;

/** Returns a schema in draft 7 with its id and title. What it does not declare is allowed, unless it is strict. */
export function titledSchema(name: string, schema: z.ZodType, title: string): Json {
  return { $schema: DRAFT, $id: schemaId(name), title, ...schemaBody(schema) };
}

function schemaBody(schema: z.ZodType): Json {
  const { $schema: _draft, ...part } = z.toJSONSchema(schema, { io: "input", target: "draft-7" });
  return part;
}

const METHOD_KEYS = ["get", "head", "post", "put", "patch", "delete", "options", ANY_METHOD];

/** Covers only the parts of OpenAPI that Portcullis reads; an editor's own OpenAPI support covers the rest. */
function apiSchema(): Json {
  // Draft 7 ignores what is next to a $ref.
  const operation = (key: string) => ({
    description:
      key === ANY_METHOD
        ? "Every method that the path does not declare, except OPTIONS."
        : `${key.toUpperCase()} of the path.`,
    allOf: [{ $ref: "#/definitions/operation" }],
  });
  return {
    $schema: DRAFT,
    $id: schemaId("api"),
    title: "The API: policies/api.yaml, an OpenAPI 3.0 document",
    type: "object",
    required: ["openapi", "info", "x-portcullis", "paths"],
    properties: {
      openapi: {
        type: "string",
        pattern: "^3\\.0\\.\\d+$",
        description: "API Gateway imports 3.0.x only.",
        examples: ["3.0.3"],
      },
      info: {
        type: "object",
        description: "What the API is called.",
        required: ["title", "version"],
        properties: {
          title: { type: "string", description: "The API's name.", examples: ["Quill"] },
          version: { type: "string", description: "The version of this document.", examples: ["1.0.0"] },
        },
      },
      "x-portcullis": {
        description: "The backends, and settings for all routes.",
        ...schemaBody(apiRootSchema),
      },
      paths: {
        type: "object",
        description: "The routes. Requests of other paths are rejected.",
        minProperties: 1,
        additionalProperties: false,
        patternProperties: { "^/": { $ref: "#/definitions/path" } },
      },
      security: false,
      webhooks: false,
    },
    definitions: {
      path: {
        type: "object",
        additionalProperties: false,
        properties: {
          summary: { type: "string", description: "A title, for people.", examples: ["A document"] },
          description: { type: "string", description: "A text, for people.", examples: ["One document"] },
          parameters: { type: "array", description: "The parameters of all methods of the path." },
          servers: { type: "array", description: "Not read: the API's stage has its own address." },
          "x-portcullis": false,
          ...Object.fromEntries(METHOD_KEYS.map((key) => [key, operation(key)])),
        },
        patternProperties: { "^x-": {} },
      },
      operation: {
        type: "object",
        required: ["x-portcullis"],
        properties: {
          "x-portcullis": {
            description: "The backend of the operation, and who may call it.",
            ...schemaBody(operationSchema.required({ backend: true })),
          },
          security: OWN_SECURITY,
        },
      },
    },
  };
}

const OWN_SECURITY: Json = {
  description:
    "The document's own security schemes that the build keeps: with auth: external the authorizer, and on any operation an API key (type: apiKey, name: x-api-key, in: header).",
  type: "array",
  minItems: 1,
};

/**
 * Returns the name of a policy file's schema, by the file's path below the policy folder; undefined if it has
 * none.
 */
export function schemaFor(path: string): SchemaName | undefined {
  const [folder = "", ...rest] = path.split("/");
  if (rest.length === 0) return SCHEMA_NAMES.find((name) => isSingle(name) && folder.startsWith(`${name}.`));
  return FOLDERS[folder];
}

const isSingle = (name: SchemaName): boolean =>
  name === "api" || name === "plans" || name === "issuers" || name === "clients";
const FOLDERS: Readonly<Record<string, SchemaName>> = { roles: "role", tenants: "tenant", tests: "tests" };

/**
 * Returns the comment that links a YAML file to its schema in editors. `path` is the file's path below the policy
 * folder.
 */
export function schemaComment(path: string, name: SchemaName): string {
  const up = "../".repeat(path.split("/").length - 1);
  return `# yaml-language-server: $schema=${up}schema/${name}.schema.json`;
}
