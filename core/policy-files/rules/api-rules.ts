import type { RuleText } from "./rule-text.ts";

/** Rules about the API document. */
export const API_RULES = {
  "invalid-document": {
    about: "The API document is not a readable OpenAPI document.",
    fix: "Correct what the message names: OpenAPI requires it.",
  },
  "openapi-version": {
    about: "The document, or a part of it, belongs to a version of OpenAPI that API Gateway does not import.",
    fix: "Write OpenAPI 3.0.",
  },
  "unsupported-key": {
    about: "API Gateway does not import a key, or Portcullis writes its value itself.",
    fix: "Remove the key.",
  },
  "unsupported-method": { about: "API Gateway does not have an HTTP method.", fix: "Remove the operation." },
  "unsupported-ref": {
    about: "API Gateway does not import a path item or an operation by `$ref`.",
    fix: "Write the path item or the operation where the `$ref` is.",
  },
  "unresolved-ref": {
    about: "A `$ref` names a file, or a part of a file, that cannot be read.",
    fix: "Correct the `$ref`, or bundle the document into one file.",
  },
  "misplaced-key": {
    about: "A key is in a place where it has no meaning.",
    fix: "Move the key to the root or to an operation.",
  },
  "missing-settings": {
    about: "The root or an operation has no `x-portcullis`, or an operation has no backend.",
    fix: "Add `x-portcullis` with what the message names.",
  },
  "empty-path": { about: "A path has no operation.", fix: "Add an operation, or remove the path." },
  "invalid-path": { about: "API Gateway cannot import a path.", fix: "Change the path as the message says." },
  "duplicate-path": {
    about: "Two paths are one resource in API Gateway.",
    fix: "Write the operations of both under one path.",
  },
  "parameter-names": {
    about: "A path parameter has two names at the same position.",
    fix: "Give the parameter the same name in both paths.",
  },
  "reserved-path": {
    about: "A route has a path that Portcullis serves itself.",
    fix: "Remove the route. Or remove `advertised` in `issuers.yaml`, or write another path for `access`, as the message says.",
  },
  "unknown-backend": {
    about: "An operation names a backend that the root does not have.",
    fix: "Correct the name, or add the backend to the root's `x-portcullis`.",
  },
  "unknown-parameter": {
    about:
      "A binding, a tenant selector or a backend's path names a path parameter that the route does not have.",
    fix: "Correct the name of the parameter.",
  },
  "ambiguous-names": {
    about: "Two names differ only in characters that a generated name does not distinguish.",
    fix: "Rename one of them.",
  },
  "undecided-route": {
    about: "Nobody has decided yet who may call a route.",
    fix: "Remove `undecided`, and write a permission, `public: true` or `auth: external`.",
  },
  "conflicting-settings": {
    about: "A setting contradicts another one, or nothing reads it because of the other one.",
    fix: "Remove one of the two settings.",
  },
  "jwt-scopes": {
    about: "A route with `jwt` names several scopes, of which API Gateway requires any one.",
    fix: "Name one scope only.",
  },
  "jwt-issuer": {
    about: "A route with `jwt` names an issuer that API Gateway's own JWT authorizer cannot use.",
    fix: "Give the issuer its URL in Terraform's `issuers`, or replace `jwt` by a permission.",
  },
  "external-security": {
    about: "A route with `auth: external` would be open.",
    fix: "Name exactly one authorizer of the document in the operation's `security`.",
  },
  "unknown-scheme": {
    about: "An operation names a security scheme that the document does not have.",
    fix: "Correct the name, or add the scheme.",
  },
  "reserved-scheme": {
    about: "A security scheme has a name that is reserved for Portcullis.",
    fix: "Rename the scheme.",
  },
  "body-schema": {
    about: "API Gateway cannot import the schema of a request body.",
    fix: "Change the schema as the message says.",
  },
  "unchecked-schema": {
    about: "API Gateway ignores a part of a body's schema.",
    fix: "Do not rely on this part: check it in the backend.",
  },
  "unchecked-body": {
    about: "API Gateway does not check request bodies of a content type.",
    fix: "Check these bodies in the backend, or remove the content type.",
  },
  "optional-body": {
    about: "API Gateway rejects a request without a body that the document declares as optional.",
    fix: "Write `required: true`, or let callers send `{}`.",
  },
  "binary-media-type": {
    about: "A binary media type matches no request.",
    fix: "Write a media type such as `image/png` or `image/*`, without parameters.",
  },
  "missing-responses": {
    about: "An operation has no `responses`, which OpenAPI 3.0 requires.",
    fix: "Add `responses`, so that clients can be generated.",
  },
  "undeclared-parameter": {
    about: "An operation does not declare a path parameter, which OpenAPI 3.0 requires.",
    fix: "Add the parameter to `parameters`.",
  },
  "undeclared-binary": {
    about: "An operation has bytes of any content type, which a REST API decodes as text.",
    fix: "Write their media types.",
  },
  "unbound-route": {
    about:
      "A route opts out of the root's `bind`, so callers of every tenant can use every value of its parameters.",
    fix: "Remove `bind: none`, unless the values are not those of a tenant.",
  },
  "unreachable-route": {
    about: "No role grants a route, so every request is denied.",
    fix: "Grant the route to a role, or remove it.",
  },
  "uncertain-route": {
    about: "It is not documented which route API Gateway selects for a request.",
    fix: "Rename one of the two paths, or make sure that nobody relies on the request.",
  },
  "resource-quota": {
    about: "The API needs more resources or routes than the account's quota allows.",
    fix: "Request a higher quota from AWS and pass it with `--max-resources`, or split the API.",
  },
  "resource-policy-size": {
    about: "A resource policy would be longer than API Gateway allows by default.",
    fix: "Use a firewall instead of `denies`, or request a higher quota from AWS.",
  },
  "definition-size": {
    about: "The API's definition is, or may be, larger than API Gateway imports.",
    fix: "Shorten descriptions and schemas, or split the API.",
  },
  "caching-mode": {
    about: "The requested caching mode or type of API is not possible for these routes.",
    fix: "Choose another mode with `--cache`, or change the routes that the message names.",
  },
} as const satisfies Readonly<Record<string, RuleText>>;
