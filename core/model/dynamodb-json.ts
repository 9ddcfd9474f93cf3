/** DynamoDB's typed JSON, in the kinds that our items use. */
export type AttributeValue =
  | { S: string }
  | { N: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { L: AttributeValue[] }
  | { M: Record<string, AttributeValue> };

/** A plain value as DynamoDB's typed JSON. @throws TypeError for what JSON cannot hold */
export function marshall(value: unknown): AttributeValue {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(marshall) };
  if (typeof value === "object") return { M: marshallItem(value as Record<string, unknown>) };
  throw new TypeError(`A ${typeof value} has no form in DynamoDB`);
}

/** An item, field by field; fields that are undefined are left out. */
export function marshallItem(item: Readonly<Record<string, unknown>>): Record<string, AttributeValue> {
  const fields = Object.entries(item).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields.map(([name, value]) => [name, marshall(value)]));
}

/**
 * The reverse of {@link marshall}. No item of ours holds a set or a binary value: they come back as null, which no
 * reader accepts. Undefined would make the field an absent one, and so lift a limit that somebody wrote.
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

export function unmarshallItem(item: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, unmarshall(value)]));
}
