import * as z from "zod";
import {
  apiRootSchema,
  issuersSchema,
  operationSchema,
  plansSchema,
  policyTestsSchema,
  roleSchema,
  tenantSchema,
} from "./schemas.ts";

export const SCHEMA_NAMES = ["api", "role", "plans", "tenant", "issuers", "tests"] as const;
export type SchemaName = (typeof SCHEMA_NAMES)[number];

type Json = Readonly<Record<string, unknown>>;

/** The JSON Schemas by which editors complete and check policy files: draft 7, which all of them know. */
export function jsonSchemas(): Record<SchemaName, Json> {
  return {
    api: apiSchema(),
    role: schemaOf(roleSchema, "A role: policies/roles/<role>.yaml"),
    plans: schemaOf(plansSchema, "The plans: policies/plans.yaml"),
    tenant: schemaOf(tenantSchema, "A tenant: policies/tenants/<tenant>.yaml"),
    issuers: schemaOf(issuersSchema, "The trusted issuers: policies/issuers.yaml"),
    tests: schemaOf(policyTestsSchema.min(1), "Expectations: policies/tests/*.yaml"),
  };
}

const DRAFT = "http://json-schema.org/draft-07/schema#";

function schemaOf(schema: z.ZodType, title: string): Json {
  return { $schema: DRAFT, title, ...partOf(schema) };
}

function partOf(schema: z.ZodType): Json {
  const { $schema: _draft, ...part } = z.toJSONSchema(schema, { io: "input", target: "draft-7" });
  return part;
}

const METHOD_KEYS = [
  "get",
  "head",
  "post",
  "put",
  "patch",
  "delete",
  "options",
  "x-amazon-apigateway-any-method",
];

/** Of OpenAPI itself only what Portcullis counts on; an editor's own OpenAPI support knows the rest. */
function apiSchema(): Json {
  const operation = { $ref: "#/definitions/operation" };
  return {
    $schema: DRAFT,
    title: "The API: policies/api.yaml, an OpenAPI 3.0 document",
    type: "object",
    required: ["openapi", "info", "x-portcullis", "paths"],
    properties: {
      openapi: { type: "string", pattern: "^3\\.0\\.\\d+$", description: "API Gateway imports 3.0.x only." },
      info: {
        type: "object",
        required: ["title", "version"],
        properties: { title: { type: "string" }, version: { type: "string" } },
      },
      "x-portcullis": { description: "The backends, and what binds every route.", ...partOf(apiRootSchema) },
      paths: {
        type: "object",
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
          summary: { type: "string" },
          description: { type: "string" },
          parameters: { type: "array" },
          servers: { type: "array" },
          "x-portcullis": false,
          ...Object.fromEntries(METHOD_KEYS.map((key) => [key, operation])),
        },
        patternProperties: { "^x-": {} },
      },
      operation: {
        type: "object",
        required: ["x-portcullis"],
        properties: {
          "x-portcullis": {
            description: "Who may call it, and what answers.",
            ...partOf(operationSchema.required({ backend: true })),
          },
          security: EXTERNAL_SECURITY,
        },
        if: {
          type: "object",
          properties: { "x-portcullis": { type: "object", properties: { auth: {} }, required: ["auth"] } },
        },
        else: { properties: { security: false } },
      },
    },
  };
}

const EXTERNAL_SECURITY: Json = {
  description: "What it is left to (auth: external): one of the document's own security schemes.",
  type: "array",
  minItems: 1,
  maxItems: 1,
};

/** The schema that a policy file is written by, by its path below the folder; undefined where there is none. */
export function schemaFor(path: string): SchemaName | undefined {
  const [folder = "", ...rest] = path.split("/");
  if (rest.length === 0) return SCHEMA_NAMES.find((name) => isSingle(name) && folder.startsWith(`${name}.`));
  return FOLDERS[folder];
}

const isSingle = (name: SchemaName): boolean => name === "api" || name === "plans" || name === "issuers";
const FOLDERS: Readonly<Record<string, SchemaName>> = { roles: "role", tenants: "tenant", tests: "tests" };

/** The comment by which a YAML file names its schema to editors, by the file's path below the folder. */
export function schemaComment(path: string, name: SchemaName): string {
  const up = "../".repeat(path.split("/").length - 1);
  return `# yaml-language-server: $schema=${up}schema/${name}.schema.json`;
}
