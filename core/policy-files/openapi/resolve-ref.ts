import { isObject } from "../../model/is-object.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Resolves local `$ref`s, also through others. Returns the value itself if it is not a `$ref`, and undefined if
 * it cannot be resolved.
 */
export function resolveRef(root: Json, value: unknown): unknown {
  let found = value;
  for (let steps = 0; steps < 20; steps++) {
    if (!isObject(found) || typeof found["$ref"] !== "string") return found;
    found = pointer(root, found["$ref"]);
  }
  return undefined;
}

function pointer(root: Json, ref: string): unknown {
  if (!ref.startsWith("#/")) return undefined;
  return ref
    .slice(2)
    .split("/")
    .map((step) => decode(step).replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>(
      (value, step) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, step)
          ? (value as Json)[step]
          : undefined,
      root,
    );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
