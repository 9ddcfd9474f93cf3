import { isObject } from "../../core/model/is-object.ts";
import type { InitNotes } from "../../core/policy-files/init/notes.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Converts Swagger 2.0 and OpenAPI 3.1 to OpenAPI 3.0, which is all that API Gateway imports, and lists what the
 * conversion loses. Returns any other value as it is.
 */
export async function convertDocument(document: unknown, notes: InitNotes): Promise<unknown> {
  if (!isObject(document)) return document;
  if (String(document["swagger"]) === "2" || document["swagger"] === "2.0")
    return fromSwagger(document, notes);
  return /^3\.1(\.|$)/.test(String(document["openapi"])) ? fromOpenApi31(document, notes) : document;
}

async function fromSwagger(document: Json, notes: InitNotes): Promise<unknown> {
  const { upgradeFromTwoToThree } = await import("@scalar/openapi-upgrader/2.0-to-3.0");
  notes.add("changed", "swagger: 2.0", "API Gateway imports OpenAPI 3.0, so it is openapi: 3.0.3 now");
  forEachObject(document, [], (value, path) => {
    if (value["collectionFormat"] !== undefined && value["collectionFormat"] !== "csv")
      notes.add(
        "dropped",
        `collectionFormat of ${path.join(".")}`,
        "OpenAPI 3.0 has other words for it, and API Gateway forwards the parameter as it is sent",
      );
  });
  return upgradeFromTwoToThree({ ...(structuredClone(document) as object), swagger: "2.0" });
}

async function fromOpenApi31(document: Json, notes: InitNotes): Promise<unknown> {
  const { Converter } = await import("@apiture/openapi-down-convert");
  const converted = new Converter(structuredClone(document)).convert();
  notes.add(
    "changed",
    `openapi: ${String(document["openapi"])}`,
    "API Gateway imports only 3.0.x, so it is openapi: 3.0.3 now",
  );
  noteLosses(document, converted, [], notes);
  return converted;
}

/** Parts that `init` leaves out of `api.yaml` anyway, and lists as such. */
const LEFT_OUT = ["openapi", "requestBody", "responses", "callbacks", "links", "schemas", "requestBodies"];

/** Lists each value that is different after the conversion, by its place. */
function noteLosses(before: Json, after: unknown, path: readonly string[], notes: InitNotes): void {
  const converted = isObject(after) ? after : {};
  for (const [key, value] of Object.entries(before)) {
    const place = [...path, key];
    if (LEFT_OUT.includes(key)) continue;
    if (converted[key] === undefined)
      notes.add("dropped", place.join("."), "it belongs to OpenAPI 3.1, and 3.0 has nothing for it");
    else if (isPlain(value) || isPlain(converted[key])) notePlain(value, converted, place, notes);
    else noteEntries(value, converted[key], place, notes);
  }
}

function noteEntries(value: unknown, converted: unknown, place: readonly string[], notes: InitNotes): void {
  if (isObject(value)) noteLosses(value, converted, place, notes);
  else
    noteLosses({ ...(value as readonly unknown[]) }, { ...(converted as readonly unknown[]) }, place, notes);
}

function notePlain(value: unknown, converted: Json, place: readonly string[], notes: InitNotes): void {
  const now = converted[place.at(-1) ?? ""];
  if (JSON.stringify(value) === JSON.stringify(now)) return;
  const nullable = converted["nullable"] === true ? ", nullable" : "";
  notes.add(
    "changed",
    place.join("."),
    `OpenAPI 3.0 has no ${JSON.stringify(value)} here, so it is ${JSON.stringify(now)}${nullable} now`,
    `${place.at(-1)} of OpenAPI 3.1`,
  );
}

/** Returns whether a value has no parts that are compared one by one. */
const isPlain = (value: unknown): boolean =>
  typeof value !== "object" || value === null || (Array.isArray(value) && !value.some(isObject));

function forEachObject(
  value: unknown,
  path: readonly string[],
  visit: (value: Json, path: readonly string[]) => void,
): void {
  if (typeof value !== "object" || value === null) return;
  if (isObject(value)) visit(value, path);
  for (const [key, inner] of Object.entries(value)) forEachObject(inner, [...path, key], visit);
}
