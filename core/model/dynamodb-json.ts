/** A value in DynamoDB's typed JSON, limited to the types that our items use. */
export type AttributeValue =
  | { S: string }
  | { N: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { L: AttributeValue[] }
  | { M: Record<string, AttributeValue> };

/**
 * Converts a plain value to DynamoDB's typed JSON.
 *
 * @throws TypeError if JSON cannot hold the value
 * @example
 * import { marshall } from "./dynamodb-json.ts";
 *
 * marshall({ v: 1, roles: ["viewer"] }); // => {"M":{"v":{"N":"1"},"roles":{"L":[{"S":"viewer"}]}}}
 */
export function marshall(value: unknown): AttributeValue {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(marshall) };
  if (typeof value === "object") return { M: marshallItem(value as Record<string, unknown>) };
  throw new TypeError(`DynamoDB's typed JSON cannot hold a value of type ${typeof value}`);
}

/** Converts the fields of an item to DynamoDB's typed JSON. Fields that are undefined are left out. */
export function marshallItem(item: Readonly<Record<string, unknown>>): Record<string, AttributeValue> {
  const fields = Object.entries(item).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields.map(([name, value]) => [name, marshall(value)]));
}

/**
 * Converts DynamoDB's typed JSON back to a plain value: the reverse of {@link marshall}.
 *
 * Sets and binary values, which no item of ours holds, become null, and every reader of items rejects null.
 * If they became undefined, the field would count as absent, which could lift a limit that somebody wrote.
 */
export function unmarshall(value: unknown): unknown {
  const [[type, content] = []] = Object.entries(value ?? {});
  switch (type) {
    case "S":
    case "BOOL":
      return content;
    case "N":
      return Number(content);
    case "NULL":
      return null;
    case "L":
      return (content as unknown[]).map(unmarshall);
    case "M":
      return unmarshallItem(content as Record<string, unknown>);
    default:
      return null;
  }
}

/** Converts the fields of an item in DynamoDB's typed JSON back to plain values. */
export function unmarshallItem(item: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, unmarshall(value)]));
}
