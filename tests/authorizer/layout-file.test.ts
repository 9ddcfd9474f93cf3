import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readLayoutFile } from "../../lambdas/authorizer/layout-file.ts";
import { LAYOUT, LAYOUT_DATA } from "./support/fixtures.ts";

function fileWith(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "layout-")), "layout.json");
  writeFileSync(path, text);
  return path;
}

const invalid = (message: string) =>
  expect.objectContaining({ code: "configuration_invalid", message: expect.stringContaining(message) });

test("the mode's layout is read", () => {
  const path = fileWith(JSON.stringify({ layouts: { token: LAYOUT_DATA } }));
  expect(readLayoutFile(path, "token")).toEqual(LAYOUT);
});

test.each([
  ["has none for the mode", { layouts: { token: LAYOUT_DATA } }],
  ["has another mode's in its place", { layouts: { route: LAYOUT_DATA } }],
  ["has no layouts", {}],
])("a file that %s is refused", (_, content) => {
  const path = fileWith(JSON.stringify(content));
  expect(() => readLayoutFile(path, "route")).toThrow(
    invalid("CACHING_MODE is route, for which this bundle's layout.json has no layout"),
  );
});

test.each([
  ["is not JSON", fileWith("{")],
  ["is absent", "/nowhere/layout.json"],
])("a file that %s is refused", (_, path) => {
  expect(() => readLayoutFile(path, "token")).toThrow(
    invalid("layout.json cannot be read beside the bundle"),
  );
});
