import { isObject } from "../../model/is-object.ts";
import { BACKEND_PATH } from "../model/schemas.ts";
import type { Json } from "../openapi/definition-operation.ts";
import { INTEGRATION_KEY } from "../openapi/integrations.ts";
import { resolveRef } from "../openapi/resolve-ref.ts";
import type { InitNotes } from "./notes.ts";
import { parameterMap, type RenamedPath } from "./paths.ts";

/** What an exported document's integration calls. */
export type InitTarget =
  | { readonly kind: "lambda"; readonly name: string; readonly uri: string }
  | {
      readonly kind: "http";
      /** Scheme and host, or a placeholder in place of both. */
      readonly origin: string;
      /** The path on the host, with the parameters' names of the folder's route. */
      readonly path: string;
    };

/** An operation whose integration is read. */
interface Place extends RenamedPath {
  readonly key: string;
  /** Its name in notes. */
  readonly where: string;
}

/**
 * Returns what an operation's integration calls; undefined if it has none, and if a backend cannot be called in the same
 * way, which is noted.
 */
export function readTarget(
  root: Json,
  operation: Json,
  place: Place,
  notes: InitNotes,
): InitTarget | undefined {
  const integration = resolveRef(root, operation[INTEGRATION_KEY]);
  if (!isObject(integration)) return undefined;
  const target = targetOf(integration, place);
  if (typeof target === "string") {
    notes.count(
      "look at",
      `integration: ${target}`,
      "a backend cannot be called in this way, so the operation has the default backend: give it another one in api.yaml, or keep your integration by build --into",
      place.where,
    );
    return undefined;
  }
  if (target.kind === "http") noteLost(integration, place, notes);
  return target;
}

/** Returns an integration's target, or why a backend cannot be called in the same way. */
function targetOf(integration: Json, place: Place): InitTarget | string {
  const type = String(integration["type"]).toLowerCase();
  const uri = printUri(integration["uri"]);
  const subtype = integration["integrationSubtype"];
  if (type === "aws_proxy" && subtype === undefined) return { kind: "lambda", name: functionName(uri), uri };
  if (type !== "http_proxy")
    return `it is of type ${subtype === undefined ? type : `${type}, ${String(subtype)}`}`;
  const method = String(integration["httpMethod"] ?? "ANY").toUpperCase();
  const [own = ""] = place.where.split(" ");
  if (method !== "ANY" && method !== own) return `it calls the backend by ${method}`;
  return httpTarget(
    uri,
    isObject(integration["requestParameters"]) ? integration["requestParameters"] : {},
    place,
  );
}

/** A URI of CloudFormation may be `{ "Fn::Sub": … }`. */
function printUri(uri: unknown): string {
  const written = isObject(uri) ? uri["Fn::Sub"] : uri;
  const text = Array.isArray(written) ? written[0] : written;
  return typeof text === "string" ? text : "";
}

/** Returns a function's name, with its alias, from an ARN, or from what stands in its place. */
function functionName(uri: string): string {
  const arn = /:function:([^/]*)/.exec(uri)?.[1];
  const written = arn ?? /\/functions\/([^/]*)/.exec(uri)?.[1] ?? uri;
  return written
    .replaceAll(/\$\{(?:stageVariables\.)?([^}]*)\}/g, "$1")
    .replace(/\.(Arn|invoke_arn|qualified_arn)\b/i, "");
}

const URI = /^((?:https?:\/\/)?(?:\$\{[^}]*\}|[^/?#{}\s])+)(\/[^?#]*)?$/;

function httpTarget(uri: string, mappings: Json, place: Place): InitTarget | string {
  const [, origin, written = ""] = URI.exec(uri) ?? [];
  if (origin === undefined || !/^(https?:\/\/|\$\{)/.test(origin)) return `its uri is ${uri}`;
  if (/\$\{/.test(written)) return `its uri is ${uri}`;
  const names = parameterMap(place);
  let lost: string | undefined;
  const path = written.replaceAll(/\{([^{}]*)\}/g, (text, name: string) => {
    const filled = fill(name.replace(/\+$/, ""), mappings, names);
    if (filled === undefined) lost ??= text;
    return filled ?? text;
  });
  if (lost !== undefined) return `nothing of the path fills ${lost} of its uri ${uri}`;
  return path === "" || BACKEND_PATH.test(path)
    ? { kind: "http", origin, path: path || "/" }
    : `its uri is ${uri}`;
}

/** Returns what stands in a URI in place of a parameter: a parameter of the route, or a fixed value. */
function fill(name: string, mappings: Json, names: ReadonlyMap<string, string>): string | undefined {
  const mapping = mappings[`integration.request.path.${name}`] ?? `method.request.path.${name}`;
  const fixed = /^'([A-Za-z0-9._~-]+)'$/.exec(String(mapping))?.[1];
  if (fixed !== undefined) return fixed;
  const from = /^method\.request\.path\.(.+)$/.exec(String(mapping))?.[1];
  const renamed = from === undefined ? undefined : names.get(from);
  return renamed === undefined ? undefined : `{${renamed}}`;
}

/** Lists what Portcullis' own integration does not do for an HTTP backend. */
function noteLost(integration: Json, { where }: Place, notes: InitNotes): void {
  const mappings = isObject(integration["requestParameters"])
    ? Object.entries(integration["requestParameters"])
    : [];
  for (const [key, value] of mappings.filter(([key]) => !key.startsWith("integration.request.path.")))
    notes.count(
      "dropped",
      `${key}: ${String(value)}`,
      "Portcullis maps the caller's tenant, subject and roles into headers, and passes on the client's headers and query string",
      where,
    );
  if (integration["connectionType"] === "VPC_LINK")
    notes.count(
      "look at",
      `VPC link ${String(integration["connectionId"] ?? "")}`,
      "it belongs to the environment: vpc_link_id of the backend in Terraform",
      where,
    );
}
