import type { Item } from "../../core/model/items.ts";

/** An item's size as DynamoDB counts it: names and texts in UTF-8, 3 bytes for a list or map and 1 for each of its entries. */
export const itemBytes = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);

/** A number of up to 38 digits takes 21 bytes at the most. */
const NUMBER_BYTES = 21;

function valueBytes(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value === "number") return NUMBER_BYTES;
  if (Array.isArray(value)) return value.reduce((sum: number, entry) => sum + 1 + valueBytes(entry), 3);
  if (typeof value === "object" && value !== null)
    return 3 + Object.keys(value).length + itemBytes(value as Item);
  return 1;
}
