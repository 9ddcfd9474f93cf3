/**
 * Returns whether a value is an object, but neither null nor an array: what JSON calls an object and YAML a
 * mapping.
 */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
