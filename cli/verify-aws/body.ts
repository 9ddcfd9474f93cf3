import { INTEGRATION_KEY, UNUSED_KEY } from "../../core/policy-files/openapi/integrations.ts";
import { renderTemplate, type TemplateValue } from "../../core/policy-files/openapi/render-template.ts";

type Json = Readonly<Record<string, unknown>>;

/** An API definition, as it is imported to see what API Gateway makes of it. */
export interface Body {
  readonly document: Json;
  /** It is for an HTTP API. */
  readonly http: boolean;
}

/**
 * Fills the placeholders of a built definition with values of the right form, so that it can be imported without a
 * deployment. A body that Terraform rendered stays as it is.
 *
 * @throws Error that names a placeholder whose value cannot be invented
 */
export function fillBody(template: Json, region: string): Body {
  const http = isHttpBody(template);
  const text = JSON.stringify(template);
  const names = new Set(Array.from(text.matchAll(/(?<!\$)\$\{([a-z0-9_]+)\}/g), ([, name = ""]) => name));
  if (names.size === 0) return { document: template, http };
  const values = [...names].map((name) => [name, placeholderValue(name, http, region)] as const);
  const filled = renderTemplate(template, Object.fromEntries(values));
  return { document: withoutEmptyConnections(filled) as Json, http };
}

function isHttpBody(document: Json): boolean {
  const { securitySchemes = {} } = (document["components"] ?? {}) as { readonly securitySchemes?: object };
  const isHttpScheme = (scheme: unknown): boolean =>
    JSON.stringify(scheme).includes('"authorizerPayloadFormatVersion"') ||
    JSON.stringify(scheme).includes('"jwtConfiguration"');
  return (
    document["x-amazon-apigateway-cors"] !== undefined || Object.values(securitySchemes).some(isHttpScheme)
  );
}

/** Any account will do, because an import does not look for the function. */
const functionUri = (region: string): string =>
  `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${region}:123456789012:function:portcullis-verify/invocations`;

function placeholderValue(name: string, http: boolean, region: string): TemplateValue {
  const plain = name.replace(/^portcullis_/, "");
  const fixed = new Map<string, TemplateValue>([
    ["authorizer_uri", functionUri(region)],
    ["sample_backend_uri", functionUri(region)],
    ["authorizer_ttl", 60],
    ["request_validator", "parameters"],
    ["resource_metadata", "{}"],
    ["resource_metadata_uri", functionUri(region)],
    ["challenge", "Bearer"],
    ["cors_error_origin", "*"],
    ["cors_allowed_origins", http ? ["*"] : "'*'"],
    ["cors_allowed_headers", http ? ["authorization"] : "Authorization"],
    ["cors_max_age", http ? 600 : "600"],
  ]).get(plain);
  if (fixed !== undefined) return fixed;
  const [, part = ""] =
    /^backend_.*_(uri|url|connection_type|connection_id|http_key|sample_key)$/.exec(plain) ?? [];
  const ofBackend = new Map<string, TemplateValue>([
    ["uri", functionUri(region)],
    ["url", "https://example.com"],
    ["connection_type", ""],
    ["connection_id", ""],
    ["http_key", INTEGRATION_KEY],
    ["sample_key", UNUSED_KEY],
  ]).get(part);
  if (ofBackend !== undefined) return ofBackend;
  throw new Error(
    `the placeholder \${${name}} has no value here: pass the body that Terraform rendered (docs/operations.md, "Doctor")`,
  );
}

/** Removes empty connections, as the Terraform modules do. */
function withoutEmptyConnections(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyConnections);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(
    ([key, inner]) => inner !== "" || !/^connection(Type|Id)$/.test(key),
  );
  return Object.fromEntries(members.map(([key, inner]) => [key, withoutEmptyConnections(inner)]));
}
