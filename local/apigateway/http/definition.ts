import * as z from "zod";
import { DefinitionError, type OpenApiDocument } from "../shared/definition.ts";

const strings = z.record(z.string(), z.string());
const numeric = z.union([z.number(), z.string().regex(/^\d+$/, "must be a number").transform(Number)]);

const integration = z.looseObject({
  type: z.string().transform((type) => type.toLowerCase()),
  uri: z.string(),
  httpMethod: z.string().default("ANY"),
  payloadFormatVersion: z.union([z.string(), z.number()]).transform(String),
  requestParameters: strings.default({}),
  timeoutInMillis: numeric.pipe(z.number().int().min(50)).default(30_000),
});

const operation = z.looseObject({
  security: z.array(z.record(z.string(), z.array(z.string()))).default([]),
  "x-amazon-apigateway-integration": integration,
});

const VERBS = ["get", "put", "post", "delete", "patch", "head", "options"] as const;
const pathItem = z.looseObject({
  ...Object.fromEntries(VERBS.map((verb) => [verb, operation.optional()])),
  "x-amazon-apigateway-any-method": operation.optional(),
});

const lambdaAuthorizer = z.looseObject({
  type: z.literal("request"),
  authorizerUri: z.string(),
  authorizerPayloadFormatVersion: z.literal("2.0", {
    error: "an authorizer of payload format 1.0 cannot be run locally: use 2.0",
  }),
  enableSimpleResponses: z.boolean().default(false),
  identitySource: z.string().default(""),
  authorizerResultTtlInSeconds: numeric.pipe(z.number().int().min(0).max(3600)).default(300),
});
const jwtAuthorizer = z.looseObject({
  type: z.literal("jwt"),
  identitySource: z.string(),
  jwtConfiguration: z.object({ issuer: z.string(), audience: z.array(z.string()).min(1) }),
});
const securityScheme = z.looseObject({
  "x-amazon-apigateway-authorizer": z
    .discriminatedUnion("type", [lambdaAuthorizer, jwtAuthorizer])
    .optional(),
});

const cors = z.looseObject({
  allowOrigins: z.array(z.string()).default([]),
  allowMethods: z.array(z.string()).default([]),
  allowHeaders: z.array(z.string()).default([]),
  maxAge: numeric.optional(),
});

const document = z.looseObject({
  openapi: z.string().regex(/^3\.0\.\d+$/, "API Gateway imports OpenAPI 3.0, not other versions"),
  paths: z.record(z.string(), pathItem),
  components: z
    .looseObject({ securitySchemes: z.record(z.string(), securityScheme).default({}) })
    .prefault({}),
  "x-amazon-apigateway-cors": cors.optional(),
});

export type HttpDefinition = z.output<typeof document>;
export type HttpOperation = z.output<typeof operation>;
export type HttpIntegrationDefinition = z.output<typeof integration>;
export type AuthorizerDefinition = z.output<typeof lambdaAuthorizer> | z.output<typeof jwtAuthorizer>;
export type CorsDefinition = z.output<typeof cors>;

/**
 * Reads the parts of an HTTP API's definition that the gateway uses.
 *
 * @throws DefinitionError that lists all problems of shape
 */
export function readHttpDefinition(openapi: OpenApiDocument): HttpDefinition {
  const result = document.safeParse(openapi);
  if (result.success) return result.data;
  throw new DefinitionError(
    "The HTTP API's definition cannot be imported",
    `\n${z.prettifyError(result.error)}`,
  );
}
