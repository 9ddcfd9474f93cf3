import * as z from "zod";

/**
 * Declares the lines of the authorizer's log and of API Gateway's access log. The authorizer does not load this file:
 * `tests/types/log-lines.ts` compares the types with those of the code that writes the lines.
 */

const shadow = z.union([
  z.object({
    candidate: z.string().describe("The name of the candidate."),
    gained: z.array(z.string()).describe("Routes that only the candidate would allow, the first 20."),
    lost: z.array(z.string()).describe("Routes that only the live items allow, the first 20."),
    more: z.number().optional().describe("How many more routes both lists would have."),
    reason: z.string().optional().describe("Why the candidate would deny everything."),
    check: z.string().optional().describe("The check by which the candidate would deny the request itself."),
  }),
  z.object({ error: z.string().describe("Why the candidate could not be evaluated.") }),
]);

/** What every decision line has. */
const metadata = {
  message: z.literal("decision"),
  requestId: z
    .string()
    .optional()
    .describe("The id of the request: the extended request id of a REST API, the request id of an HTTP API."),
  coldStart: z.boolean().describe("Whether it was the first request of this execution environment."),
  correlationId: z.string().optional().describe("The client's X-Correlation-Id, if it has a valid form."),
  permissionsCached: z
    .boolean()
    .optional()
    .describe("Whether all permissions came from the cache; absent if the decision did not reach them."),
  stale: z
    .literal(true)
    .optional()
    .describe("Permissions or keys were too old, because the table or the issuer could not be reached."),
  shadow: shadow.optional().describe("What the candidate would change, in shadow mode."),
  durationMs: z.number().describe("The duration of the decision, in ms."),
};

/** What CloudWatch counts; see docs/operations.md, "Metrics". */
const metrics = {
  _aws: z
    .object({
      Timestamp: z.number(),
      CloudWatchMetrics: z.array(
        z.object({
          Namespace: z.string(),
          Dimensions: z.array(z.array(z.string())),
          Metrics: z.array(z.object({ Name: z.string(), Unit: z.string() })),
        }),
      ),
    })
    .optional()
    .describe("CloudWatch's embedded metric format."),
  FunctionName: z.string().optional(),
  Outcome: z.string().optional(),
  Reason: z.string().optional(),
  Tenant: z.string().optional(),
  Decisions: z.literal(1).optional(),
  Latency: z.number().optional(),
  TokenLatency: z.number().optional(),
  PermissionsLatency: z.number().optional(),
  DecisionLatency: z.number().optional(),
  PermissionsCacheHits: z.number().optional(),
  KeyRefreshes: z.number().optional(),
  KeyRefreshFailures: z.number().optional(),
  StalePermissions: z.literal(1).optional(),
  StaleKeys: z.literal(1).optional(),
  ShadowDifferences: z.literal(1).optional(),
};

const CODE = /^[a-z0-9_]+$/;

const reason = z.string().regex(CODE);

const denial = z.object({
  check: z.string().regex(CODE).describe("The check that decides."),
  claim: z.string().optional().describe("The claim that the caller was read from."),
  found: z.string().optional().describe("The type of the claim, never its value."),
  neededScopes: z.array(z.string()).optional().describe("The scopes that the route needs."),
  scopesPresent: z.boolean().optional().describe("Whether the token has all of them."),
  bindingMatched: z.boolean().optional().describe("Whether the path has the caller's own values."),
});

/** What a line with a policy has. Values of the caller are percent-encoded, as in the authorizer context. */
const decided = {
  route: z.string().describe("The template of the requested route, such as GET /documents/{documentId}."),
  group: z.string().describe("The authorizer group of the route."),
  policyBytes: z
    .number()
    .optional()
    .describe("The size of the response, in bytes; absent from simple responses, which have no policy."),
  userId: z.string().optional().describe("The subject of the token."),
  tenantId: z.string().optional(),
  issuer: z.string().optional().describe("The name of the issuer."),
  clientId: z
    .string()
    .optional()
    .describe("The OAuth client of the token; empty if the token does not name exactly one."),
  actor: z.string().optional().describe("The subject of staff who act in a customer's tenant."),
  delegate: z.string().optional().describe("Who acts for the subject: the issuer, a space, and the subject."),
  priorDelegates: z.array(z.string()).optional(),
  roles: z.array(z.string()).optional().describe("The roles that count in this tenant."),
  plan: z.string().optional(),
  scopes: z.string().optional().describe("The scopes of the token, separated by spaces."),
  tokenId: z.string().optional().describe("The token's jti."),
  omitted: z.string().optional().describe("What was left out of a context that was too large."),
  policyVersion: z.string().optional(),
  denial: denial.optional().describe("Why a request with status 403 was denied."),
};

const failed = {
  code: z.string().regex(CODE),
  route: z.string().optional(),
  group: z.string().optional(),
  detail: z.string().optional().describe("The product's own message. It contains no value of a token."),
  cause: z.string().optional().describe("The name or the code of the error."),
  at: z.string().optional().describe("The first frame of the error's stack."),
};

const info = z.literal("info");

/** A line of the authorizer's log. Other members are claims that an issuer forwards, as strings. */
export const decisionLineSchema = z.union([
  z.object({
    level: info,
    outcome: z
      .literal("allow")
      .describe("The response allows a route of the group, if not the requested one."),
    status: z.union([z.literal(200), z.literal(403)]).describe("The status that the request gets."),
    ...metadata,
    ...decided,
    reason: reason.optional().describe("The reason of the denial, if the status is 403."),
    ...metrics,
  }),
  z.object({
    level: info,
    outcome: z.literal("deny").describe("The response denies every route of the group."),
    status: z.literal(403),
    reason: reason.describe("The reason of the denial; see docs/policy-files.md."),
    ...metadata,
    ...decided,
    contextBytes: z.number().optional().describe("The size of a context that is too large."),
    contextKeys: z.array(z.string()).optional().describe("The bytes of each key of such a context."),
    ...metrics,
  }),
  z.object({
    level: info,
    outcome: z.literal("unauthorized").describe("The token is missing or not valid."),
    status: z.literal(401),
    ...metadata,
    ...failed,
    issuer: z.string().optional().describe("The name of the issuer, if it was found."),
    claim: z.string().optional().describe("The claim that was not accepted."),
    found: z.string().optional().describe("The type of the claim, never its value."),
    ...metrics,
  }),
  z.object({
    level: z.literal("error"),
    outcome: z.literal("error").describe("The authorizer itself failed."),
    status: z.literal(500),
    ...metadata,
    ...failed,
    ...metrics,
  }),
]);

/** API Gateway writes every value as a string, and `-` for a value that there is not. */
const value = z.string();
const status = z.string().regex(/^\d{3}$/);

/** What the access logs of both kinds of API have. */
const access = {
  requestId: value,
  time: value.describe("The time of the request, as in 01/Dec/2026:12:00:00 +0000."),
  sourceIp: value,
  method: value,
  path: value,
  status: status.describe("The status of the response."),
  responseBytes: value,
  latencyMs: value,
  integrationStatus: value.describe("The status of the backend."),
  integrationMs: value,
  integrationError: value,
  authorizerStatus: value,
  authorizerMs: value.describe("The time of the authorizer; - if it was not called."),
  authorizerError: value,
  tenantId: value,
  userId: value,
  issuer: value,
  group: value,
  policyVersion: value,
  reason: value.describe("Of a 403: the reason of the denial."),
  domainName: value,
};

/** A line of a REST API's access log. */
export const restAccessLineSchema = z.object({
  ...access,
  resource: value.describe("The template of the route's path."),
  responseType: value.describe("The gateway response, if the response is not the backend's."),
  correlationId: value,
  wafStatus: value,
  xrayTraceId: value,
  deploymentId: value,
});

/** A line of an HTTP API's access log. */
export const httpAccessLineSchema = z.object({
  ...access,
  routeKey: value.describe("The route, such as GET /documents/{documentId}."),
  error: value.describe("API Gateway's message, if the response is not the backend's."),
});
