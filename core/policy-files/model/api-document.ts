import { isObject } from "../../model/is-object.ts";
import { BINARY_KEY, isBinaryMediaType } from "../openapi/binary-media-types.ts";
import type { Problems } from "../source/problem.ts";
import type { Path, Source } from "../source/source.ts";
import { kindOf, valueAt } from "../source/validate.ts";

type Document = Readonly<Record<string, unknown>> & { readonly paths: Readonly<Record<string, unknown>> };

/** Checks the OpenAPI document as a whole. Returns undefined if it is not a readable OpenAPI document. */
export function checkDocument(source: Source, problems: Problems): Document | undefined {
  const { value } = source;
  if (!isObject(value)) {
    problems.error(
      "invalid-document",
      source.at([]),
      "the file is not an OpenAPI document: expected openapi, info and paths",
    );
    return undefined;
  }
  checkVersion(source, value, problems);
  for (const key of Object.keys(value)) {
    const why = Object.entries(REJECTED_AT_ROOT).find(
      ([name]) => name.toLowerCase() === key.toLowerCase(),
    )?.[1];
    if (why !== undefined)
      problems.error("unsupported-key", source.keyAt([key]), `${key} at the root: ${why}`);
  }
  for (const key of ["title", "version"]) checkInfo(source, key, problems);
  checkTypeLists(value, [], source, problems);
  checkMediaTypes(source, value, problems);
  if (!isObject(value["paths"]) || Object.keys(value["paths"]).length === 0) {
    problems.error("invalid-document", source.at(["paths"]), "paths: expected at least one path");
    return undefined;
  }
  return value as Document;
}

function checkInfo(source: Source, key: string, problems: Problems): void {
  const path = ["info", key];
  const found = valueAt(source.value, path);
  if (typeof found === "string") return;
  if (typeof found === "number")
    problems.error(
      "invalid-document",
      source.at(path),
      `info.${key}: ${source.writtenAt(path) ?? found} is read as a number: put it in quotes`,
    );
  else
    problems.error(
      "invalid-document",
      source.at(["info"]),
      `info.${key}: expected a string: OpenAPI requires it`,
    );
}

const REJECTED_AT_ROOT: Readonly<Record<string, string>> = {
  security: "API Gateway ignores it, and Portcullis writes the security of every operation: remove it",
  webhooks: "API Gateway imports OpenAPI 3.0, and webhooks belong to 3.1: remove it",
  jsonSchemaDialect: "API Gateway imports OpenAPI 3.0, and jsonSchemaDialect belongs to 3.1: remove it",
  "x-amazon-apigateway-policy": "the Terraform module writes the resource policy: remove it",
  "x-amazon-apigateway-gateway-responses": "Portcullis writes the gateway responses: remove it",
  "x-amazon-apigateway-request-validators": "Portcullis writes the request validators: remove it",
  "x-amazon-apigateway-request-validator": "Portcullis writes the request validators: remove it",
};

function checkVersion(source: Source, value: Readonly<Record<string, unknown>>, problems: Problems): void {
  const version = value["openapi"];
  if (typeof version === "string" && /^3\.0\.\d+$/.test(version)) return;
  if (value["swagger"] !== undefined)
    problems.error(
      "openapi-version",
      source.keyAt(["swagger"]),
      "this is a Swagger 2.0 document: convert it to OpenAPI 3.0",
    );
  else if (version === undefined)
    problems.error("openapi-version", source.at([]), "openapi is missing: expected openapi: 3.0.3");
  else problems.error("openapi-version", source.at(["openapi"]), `openapi: ${wrongVersion(source, version)}`);
}

function wrongVersion(source: Source, version: unknown): string {
  const written = source.writtenAt(["openapi"]) ?? String(version);
  return written === "3.0"
    ? `expected the full version, such as 3.0.3, found ${written}`
    : `expected 3.0.x, which is all that API Gateway imports, found ${written}`;
}

/** Rejects binary media types that API Gateway would match with no request. */
function checkMediaTypes(source: Source, value: Readonly<Record<string, unknown>>, problems: Problems): void {
  const listed = value[BINARY_KEY];
  if (listed === undefined) return;
  const expected = "such as image/png, image/* or */*, without parameters";
  if (!Array.isArray(listed))
    problems.error(
      "binary-media-type",
      source.at([BINARY_KEY]),
      `${BINARY_KEY}: expected a list of media types ${expected}, found ${kindOf(listed)}`,
    );
  else
    for (const [index, type] of listed.entries())
      if (!isBinaryMediaType(type))
        problems.error(
          "binary-media-type",
          source.at([BINARY_KEY, index]),
          `${BINARY_KEY}: ${JSON.stringify(type)} matches no request: expected media types ${expected}`,
        );
}

/** Rejects `type: [string, "null"]`, which belongs to OpenAPI 3.1; 3.0 has `nullable: true`. */
function checkTypeLists(value: unknown, path: Path, source: Source, problems: Problems): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const isSchemaType =
      key === "type" && Array.isArray(inner) && !path.includes("example") && path.at(-1) !== "properties";
    if (isSchemaType)
      problems.error(
        "openapi-version",
        source.at([...path, key]),
        "type: a list of types belongs to OpenAPI 3.1: write one type, and nullable: true if null is allowed",
      );
    else checkTypeLists(inner, [...path, key], source, problems);
  }
}
