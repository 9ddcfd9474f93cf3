import type { Route } from "../../model/route.ts";
import { parameterNames, parseTemplate } from "../../model/route.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Allows the request's origin if it is one of the allowed ones, or `*`. VTL on one line, so that the body stays
 * empty.
 */
const ORIGIN_TEMPLATE = [
  '#set($origin = $input.params().header.get("Origin"))',
  '#if(!$origin)#set($origin = $input.params().header.get("origin"))#end',
  "#set($allowed = [${cors_allowed_origins}])",
  '#foreach($one in $allowed)#if($one == "*" || $one == $origin)#set($context.responseOverride.header.Access-Control-Allow-Origin = $one)#end#end',
].join("");

/**
 * Returns the OPTIONS method for a path. It has no authorizer, because browsers send preflight requests without a
 * token.
 *
 * @param clientHeaders headers that a page may send in addition to those of Terraform's `cors`
 */
export function preflight(routes: readonly Route[], clientHeaders: readonly string[]): Json {
  const methods = [...routes.map((route) => route.method), "OPTIONS"].join(",");
  const headers: Readonly<Record<string, string>> = {
    "Access-Control-Allow-Methods": `'${methods}'`,
    "Access-Control-Allow-Headers": `'${[...clientHeaders, "${cors_allowed_headers}"].join(",")}'`,
    "Access-Control-Max-Age": "'${cors_max_age}'",
    Vary: "'Origin'",
  };
  return {
    summary: "CORS preflight",
    security: [],
    parameters: pathParameters(routes[0]?.segments ?? []),
    responses: {
      "204": {
        description: "The methods and headers that a browser may send",
        headers: Object.fromEntries(
          [...Object.keys(headers), "Access-Control-Allow-Origin"].map((name) => [
            name,
            { schema: { type: "string" } },
          ]),
        ),
      },
    },
    "x-amazon-apigateway-integration": {
      ...MOCK,
      responses: {
        default: {
          ...mockResponse("204"),
          responseParameters: Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [`method.response.header.${name}`, value]),
          ),
          responseTemplates: { "application/json": ORIGIN_TEMPLATE },
        },
      },
    },
  };
}

/** Templates need text: if the API has the binary media type of the request, or the Accept of a browser, they get bytes. */
const TEXT = "CONVERT_TO_TEXT";

/** An integration that calls nothing. */
export const MOCK: Json = {
  type: "mock",
  passthroughBehavior: "when_no_match",
  contentHandling: TEXT,
  requestTemplates: { "application/json": '{"statusCode": 204}' },
};

/** Returns a response of {@link MOCK}. */
export const mockResponse = (statusCode: string): Json => ({ statusCode, contentHandling: TEXT });

/** Declares the parameters of a path. */
export const pathParameters = (segments: Route["segments"]): Json[] =>
  parameterNames(segments).map((name) => ({ name, in: "path", required: true, schema: { type: "string" } }));

/** Returns an OPTIONS method that answers without headers, so that browsers do not send a request from another origin. */
export const mockOptions = (path: string): Json => ({
  summary: "OPTIONS, without CORS headers",
  security: [],
  parameters: pathParameters(parseTemplate(path)),
  responses: { "204": { description: "Nothing" } },
  "x-amazon-apigateway-integration": { ...MOCK, responses: { default: mockResponse("204") } },
});
