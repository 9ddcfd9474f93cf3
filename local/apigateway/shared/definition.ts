import * as z from "zod";

/** An OpenAPI 3.0 document with API Gateway's extensions, all placeholders substituted. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}

// Terraform renders numbers of a template as strings wherever the template quotes them.
const numeric = z.union([z.number(), z.string().regex(/^\d+$/, "must be a number").transform(Number)]);
const strings = z.record(z.string(), z.string());
const statusCode = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^[2-5]\d\d$/, "must be a status from 200 to 599"));

const parameter = z.object({
  name: z.string(),
  in: z.enum(["path", "query", "header", "cookie"]),
  required: z.boolean().optional(),
});
const parameters = z.array(z.union([parameter, z.strictObject({ $ref: z.string() })])).default([]);

const integration = z.looseObject({
  type: z.string().transform((type) => type.toLowerCase()),
  uri: z.string().optional(),
  httpMethod: z.string().optional(),
  passthroughBehavior: z
    .string()
    .transform((behaviour) => behaviour.toLowerCase())
    .pipe(z.enum(["when_no_match", "when_no_templates", "never"]))
    .default("when_no_match"),
  requestParameters: strings.default({}),
  requestTemplates: strings.default({}),
  responses: z
    .record(
      z.string(),
      z.looseObject({
        statusCode,
        responseParameters: strings.default({}),
        responseTemplates: strings.default({}),
      }),
    )
    .default({}),
  timeoutInMillis: numeric.pipe(z.number().int().min(50)).default(29_000),
});

/** A model. The code that compiles it checks its keys. */
const schema = z.record(z.string(), z.unknown());

const security = z.array(z.record(z.string(), z.array(z.string())));

const operation = z.looseObject({
  parameters,
  requestBody: z
    .looseObject({ content: z.record(z.string(), z.looseObject({ schema: schema.optional() })).default({}) })
    .optional(),
  security: security.optional(),
  responses: z
    .record(z.string(), z.looseObject({ headers: z.record(z.string(), z.unknown()).default({}) }))
    .default({}),
  "x-amazon-apigateway-integration": integration,
  "x-amazon-apigateway-request-validator": z.string().optional(),
});

const pathItem = z.looseObject({
  parameters,
  get: operation.optional(),
  put: operation.optional(),
  post: operation.optional(),
  delete: operation.optional(),
  patch: operation.optional(),
  head: operation.optional(),
  options: operation.optional(),
  trace: z.undefined({ error: "API Gateway has no TRACE method" }).optional(),
  $ref: z.undefined({ error: "API Gateway does not import a path by reference" }).optional(),
  "x-amazon-apigateway-any-method": operation.optional(),
});

const securityScheme = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  "x-amazon-apigateway-authtype": z.string().optional(),
  "x-amazon-apigateway-authorizer": z
    .looseObject({
      type: z.string(),
      authorizerUri: z.string().optional(),
      identitySource: z.string().optional(),
      identityValidationExpression: z.string().optional(),
      authorizerResultTtlInSeconds: numeric.pipe(z.number().int().min(0).max(3600)).default(300),
    })
    .optional(),
});

const gatewayResponse = z.looseObject({
  statusCode: statusCode.optional(),
  responseParameters: strings.default({}),
  responseTemplates: strings.default({}),
});

const document = z.looseObject({
  openapi: z.string().regex(/^3\.0\.\d+$/, "API Gateway imports OpenAPI 3.0, not other versions"),
  paths: z.record(z.string(), pathItem),
  components: z
    .looseObject({
      parameters: z.record(z.string(), parameter).default({}),
      schemas: z.record(z.string(), schema).default({}),
      securitySchemes: z.record(z.string(), securityScheme).default({}),
    })
    .prefault({}),
  security: security.default([]),
  "x-amazon-apigateway-api-key-source": z.enum(["HEADER", "AUTHORIZER"]).default("HEADER"),
  "x-amazon-apigateway-binary-media-types": z.array(z.string()).default([]),
  "x-amazon-apigateway-gateway-responses": z.record(z.string(), gatewayResponse).default({}),
  "x-amazon-apigateway-request-validator": z.string().optional(),
  "x-amazon-apigateway-request-validators": z
    .record(
      z.string(),
      z.looseObject({
        validateRequestParameters: z.boolean().default(false),
        validateRequestBody: z.boolean().default(false),
      }),
    )
    .default({}),
});

export type Definition = z.output<typeof document>;
export type OperationDefinition = z.output<typeof operation>;
export type PathItem = z.output<typeof pathItem>;
export type Parameter = z.output<typeof parameter>;
export type ParameterOrReference = z.output<typeof parameters>[number];
export type SecurityScheme = z.output<typeof securityScheme>;
export type IntegrationDefinition = z.output<typeof integration>;
export type GatewayResponseDefinition = z.output<typeof gatewayResponse>;

/** A definition that API Gateway would not import, or that cannot be run locally. */
export class DefinitionError extends Error {
  constructor(location: string, problem: string) {
    super(`${location}: ${problem}`);
    this.name = "DefinitionError";
  }
}

/**
 * Reads the parts of an API definition that the gateway uses.
 *
 * @throws DefinitionError that lists all problems of shape
 */
export function readDefinition(openapi: OpenApiDocument): Definition {
  const result = document.safeParse(openapi);
  if (result.success) return result.data;
  throw new DefinitionError("The API definition cannot be imported", `\n${z.prettifyError(result.error)}`);
}
