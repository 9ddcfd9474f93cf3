import { parameterNames } from "../../model/route.ts";
import { type BackendKind, isGuarded, type Operation } from "../model/operation.ts";

type Json = Readonly<Record<string, unknown>>;

/** A backend's name as placeholders spell it: Terraform's template variables hold no `-`. */
export const placeholderName = (backend: string): string => backend.replaceAll("-", "_");

export const INTEGRATION_KEY = "x-amazon-apigateway-integration";
/** The name that an integration gets when it is not the one in use; API Gateway ignores unknown `x-` members. */
export const UNUSED_KEY = "x-portcullis-unused-integration";

/**
 * An operation's integration. A backend of kind `http` stands here twice, since an environment may leave
 * it without a URL, and then the sample backend, a Lambda, answers: which of the two is in use is decided by
 * the placeholder in its key.
 */
export function integrationsOf(operation: Operation, kind: BackendKind, name: string): Json {
  if (kind === "lambda") return { [INTEGRATION_KEY]: lambdaIntegration(`\${backend_${name}_uri}`) };
  return {
    [`\${backend_${name}_http_key}`]: httpIntegration(operation, name),
    [`\${backend_${name}_sample_key}`]: lambdaIntegration("${sample_backend_uri}"),
  };
}

const lambdaIntegration = (uri: string): Json => ({
  type: "aws_proxy",
  httpMethod: "POST",
  uri,
  passthroughBehavior: "when_no_match",
});

/** Headers that tell an HTTP backend who is calling; mapped ones replace whatever a client sent by that name. */
export const CALLER_HEADERS: Readonly<Record<string, string>> = {
  "X-Tenant-Id": "tenantId",
  "X-User-Id": "userId",
  "X-Roles": "roles",
};

/** Tells an HTTP backend the request's id, as access log, authorizer and error bodies have it: no client can choose it. */
export const REQUEST_ID_HEADER = "X-Request-Id";

/**
 * A header's name with `_` for any of its `-`. CGI (RFC 3875, 4.1.18), WSGI, Rack and PHP give all of these to
 * an application under one name, so a client's `X_Tenant_Id` would pass for ours: each is mapped.
 */
export const foldedAlike = (name: string): string[] =>
  name
    .split("-")
    .reduce<string[]>(
      (names, part) =>
        names.length === 0 ? [part] : names.flatMap((start) => [`${start}-${part}`, `${start}_${part}`]),
      [],
    );
/** The same for an HTTP API: payload format 2.0 for a Lambda, and parameter mapping for an HTTP backend. */
export function httpApiIntegrations(operation: Operation, kind: BackendKind, name: string): Json {
  if (kind === "lambda") return { [INTEGRATION_KEY]: httpApiLambda(`\${backend_${name}_uri}`) };
  return {
    [`\${backend_${name}_http_key}`]: httpApiProxy(operation, name),
    [`\${backend_${name}_sample_key}`]: httpApiLambda("${sample_backend_uri}"),
  };
}

const httpApiLambda = (uri: string): Json => ({
  type: "aws_proxy",
  httpMethod: "POST",
  uri,
  payloadFormatVersion: "2.0",
});

/** API Gateway itself puts path parameters into the URI. */
function httpApiProxy(operation: Operation, name: string): Json {
  const headers = Object.entries(CALLER_HEADERS).flatMap(([header, key]) =>
    foldedAlike(header).map((name) => [
      `overwrite:header.${name}`,
      isGuarded(operation) ? `$context.authorizer.${key}` : "-",
    ]),
  );
  const requestIds = foldedAlike(REQUEST_ID_HEADER).map((header) => [
    `overwrite:header.${header}`,
    "$context.requestId",
  ]);
  return {
    type: "http_proxy",
    httpMethod: operation.route.method,
    uri: `\${backend_${name}_url}${operation.route.path.replace("+}", "}")}`,
    payloadFormatVersion: "1.0",
    requestParameters: Object.fromEntries([...headers, ...requestIds]),
  };
}

const mapped = (header: string, value: string): [string, string][] =>
  foldedAlike(header).map((name) => [`integration.request.header.${name}`, value]);

/** Both are empty where there is no VPC link, and Terraform then leaves them out. */
function httpIntegration(operation: Operation, name: string): Json {
  const { route } = operation;
  const callers = Object.entries(CALLER_HEADERS).flatMap(([header, key]) =>
    mapped(header, isGuarded(operation) ? `context.authorizer.${key}` : "'-'"),
  );
  const requestId = mapped(REQUEST_ID_HEADER, "context.extendedRequestId");
  const parameters = parameterNames(route.segments).map((name) => [
    `integration.request.path.${name}`,
    `method.request.path.${name}`,
  ]);
  return {
    type: "http_proxy",
    httpMethod: route.method,
    uri: `\${backend_${name}_url}${route.path.replace("+}", "}")}`,
    connectionType: `\${backend_${name}_connection_type}`,
    connectionId: `\${backend_${name}_connection_id}`,
    passthroughBehavior: "when_no_match",
    requestParameters: Object.fromEntries([...callers, ...requestId, ...parameters]),
  };
}
