import { parameterNames } from "../../model/route.ts";
import { type BackendKind, isGuarded, type Operation } from "../model/operation.ts";

type Json = Readonly<Record<string, unknown>>;

/** Returns a backend's name as placeholders spell it: names of Terraform's template variables have no `-`. */
export const placeholderName = (backend: string): string => backend.replaceAll("-", "_");

export const INTEGRATION_KEY = "x-amazon-apigateway-integration";
/** The key of an integration that is not in use; API Gateway ignores unknown `x-` keys. */
export const UNUSED_KEY = "x-portcullis-unused-integration";

/**
 * Returns an operation's integration in a REST API. For a backend of kind `http` it returns two: if an environment
 * gives the backend no URL, the sample backend, a Lambda function, is used instead. The placeholder in its key
 * decides whether an integration is in use.
 */
export function restApiIntegrations(operation: Operation, kind: BackendKind, name: string): Json {
  if (kind === "lambda") return { [INTEGRATION_KEY]: lambdaIntegration(`\${backend_${name}_uri}`) };
  return {
    [`\${backend_${name}_http_key}`]: httpIntegration(operation, name),
    [`\${backend_${name}_sample_key}`]: lambdaIntegration("${sample_backend_uri}"),
  };
}

export const lambdaIntegration = (uri: string): Json => ({
  type: "aws_proxy",
  httpMethod: "POST",
  uri,
  passthroughBehavior: "when_no_match",
});

/**
 * Headers that name the caller for an HTTP backend. A mapped header replaces one of the same name that a client
 * sent.
 */
export const CALLER_HEADERS: Readonly<Record<string, string>> = {
  "X-Tenant-Id": "tenantId",
  "X-User-Id": "userId",
  "X-Roles": "roles",
  "X-Issuer": "issuer",
  "X-Actor": "actor",
  "X-Delegate": "delegate",
  "X-Omitted": "omitted",
};

/**
 * The header with the request id, which is the same in the access log, the authorizer and error bodies. Clients
 * cannot set it.
 */
export const REQUEST_ID_HEADER = "X-Request-Id";

/**
 * Returns all spellings of a header name with `_` in place of any `-`. CGI (RFC 3875, 4.1.18), WSGI, Rack and PHP
 * pass all of them to an application under one name, so a client's `X_Tenant_Id` could pass for ours: each is mapped.
 */
export const headerSpellings = (name: string): string[] =>
  name
    .split("-")
    .reduce<string[]>(
      (names, part) =>
        names.length === 0 ? [part] : names.flatMap((start) => [`${start}-${part}`, `${start}_${part}`]),
      [],
    );

/**
 * Returns an operation's integration in an HTTP API: with payload format 2.0 for a Lambda function, and parameter
 * mapping for an HTTP backend.
 */
export function httpApiIntegrations(operation: Operation, kind: BackendKind, name: string): Json {
  if (kind === "lambda") return { [INTEGRATION_KEY]: httpApiLambda(`\${backend_${name}_uri}`) };
  return {
    [`\${backend_${name}_http_key}`]: httpApiProxy(operation, name),
    [`\${backend_${name}_sample_key}`]: httpApiLambda("${sample_backend_uri}"),
  };
}

export const httpApiLambda = (uri: string): Json => ({
  type: "aws_proxy",
  httpMethod: "POST",
  uri,
  payloadFormatVersion: "2.0",
});

/** Maps no path parameters: an HTTP API puts them into the URI itself. */
function httpApiProxy(operation: Operation, name: string): Json {
  const headers = Object.entries(CALLER_HEADERS).flatMap(([header, key]) =>
    headerSpellings(header).map((name) => [
      `overwrite:header.${name}`,
      isGuarded(operation) ? `$context.authorizer.${key}` : "-",
    ]),
  );
  const requestIds = headerSpellings(REQUEST_ID_HEADER).map((header) => [
    `overwrite:header.${header}`,
    "$context.requestId",
  ]);
  return {
    type: "http_proxy",
    httpMethod: operation.route.method,
    uri: backendUri(operation, name),
    payloadFormatVersion: "1.0",
    requestParameters: Object.fromEntries([...headers, ...requestIds]),
  };
}

/** Returns where an HTTP backend is called, with `{name}` for each path parameter. */
const backendUri = ({ route, backendPath }: Operation, name: string): string =>
  `\${backend_${name}_url}${(backendPath ?? route.path).replaceAll("+}", "}")}`;

const mapped = (header: string, value: string): [string, string][] =>
  headerSpellings(header).map((name) => [`integration.request.header.${name}`, value]);

/** The placeholders of the connection are empty if there is no VPC link; Terraform then removes both keys. */
function httpIntegration(operation: Operation, name: string): Json {
  const { route } = operation;
  const callers = Object.entries(CALLER_HEADERS).flatMap(([header, key]) =>
    mapped(header, isGuarded(operation) ? `context.authorizer.${key}` : "'-'"),
  );
  const requestId = mapped(REQUEST_ID_HEADER, "context.extendedRequestId");
  const uri = backendUri(operation, name);
  const parameters = parameterNames(route.segments)
    .filter((name) => uri.includes(`{${name}}`))
    .map((name) => [`integration.request.path.${name}`, `method.request.path.${name}`]);
  return {
    type: "http_proxy",
    httpMethod: route.method,
    uri,
    connectionType: `\${backend_${name}_connection_type}`,
    connectionId: `\${backend_${name}_connection_id}`,
    passthroughBehavior: "when_no_match",
    requestParameters: Object.fromEntries([...callers, ...requestId, ...parameters]),
  };
}
