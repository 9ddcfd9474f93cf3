import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the oracle imports nothing from the product except types", () => {
  const folder = new URL(".", import.meta.url);
  const imports = readdirSync(folder)
    .filter((name) => !name.endsWith(".test.ts"))
    .flatMap((name) => readFileSync(new URL(name, folder), "utf8").match(/^import [^;]*;$/gm) ?? []);
  expect(imports).toContain('import type { Item } from "../../core/model/items.ts";');
  const product = imports.filter((line) => line.includes('"../../'));
  expect(product.filter((line) => !line.startsWith("import type "))).toEqual([]);
});
