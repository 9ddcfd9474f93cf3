import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { layoutFor, readLayoutFile } from "../../../lambdas/authorizer/layout-file.ts";
import { LAYOUT, LAYOUT_DATA } from "../../support/fixtures.ts";

function writeLayoutFile(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "layout-")), "layout.json");
  writeFileSync(path, content);
  return path;
}

const invalid = (message: string) =>
  expect.objectContaining({ code: "configuration_invalid", message: expect.stringContaining(message) });

test("the mode's layout is read", () => {
  const path = writeLayoutFile(JSON.stringify({ layouts: { token: LAYOUT_DATA } }));
  expect(layoutFor(readLayoutFile(path), "token")).toEqual(LAYOUT);
});

test.each([
  ["has no layout for the mode", { layouts: { token: LAYOUT_DATA } }],
  ["has only another mode's layout", { layouts: { route: LAYOUT_DATA } }],
  ["has no layout at all", { layouts: {} }],
])("a file that %s is rejected", (_, content) => {
  const path = writeLayoutFile(JSON.stringify(content));
  expect(() => layoutFor(readLayoutFile(path), "route")).toThrow(
    invalid("CACHING_MODE is route, for which this bundle's layout.json has no layout"),
  );
});

test.each([
  ["is not JSON", writeLayoutFile("{")],
  ["is empty", writeLayoutFile("")],
  ["is huge and not ours", writeLayoutFile("[".repeat(2_000_000))],
  ["is a folder", mkdtempSync(join(tmpdir(), "layout-"))],
  ["is absent", "/nowhere/layout.json"],
])("a file that %s is rejected", (_, path) => {
  expect(() => readLayoutFile(path)).toThrow(invalid("layout.json cannot be read next to the bundle"));
});

const [GROUP] = LAYOUT_DATA.groups;
const layoutWith = (changes: object): unknown => ({ layouts: { token: { ...LAYOUT_DATA, ...changes } } });
const groupWith = (changes: object): unknown => layoutWith({ groups: [{ ...GROUP, ...changes }] });

test.each<[title: string, content: unknown]>([
  ["is null", null],
  ["is a list", [LAYOUT_DATA]],
  ["has no layouts", {}],
  ["has a list of layouts", { layouts: [LAYOUT_DATA] }],
  ["has a layout that is a string", { layouts: { token: "hunter2" } }],
  ["has an additional layout that is not one", { layouts: { token: LAYOUT_DATA, off: 1 } }],
  ["has no hash", layoutWith({ hash: "" })],
  ["has an unknown mode", layoutWith({ mode: "always" })],
  ["has no slashes", layoutWith({ slashes: undefined })],
  ["has no shortTenantIds", layoutWith({ shortTenantIds: "no" })],
  ["has a tenant selector of another version", layoutWith({ tenantSelector: "X-Tenant" })],
  ["has groups of another version", layoutWith({ groups: { a: [] } })],
  ["has a group without a name", groupWith({ name: undefined })],
  ["has routes of another version", groupWith({ routes: ["GET /documents"] })],
  ["has a method that does not exist", groupWith({ routes: [["ANY", "/documents"]] })],
  ["has a path without a slash", groupWith({ routes: [["GET", "documents"]] })],
  ["has a scope that is not a string", groupWith({ routes: [["GET", "/documents", 7]] })],
  ["has paths of any method of another version", groupWith({ anyMethodPaths: {} })],
])("a file that %s is rejected, without its content in the message", (_, content) => {
  const path = writeLayoutFile(JSON.stringify(content));
  expect(() => readLayoutFile(path)).toThrow(
    expect.objectContaining({
      code: "configuration_invalid",
      problems: ["layout.json is not what this bundle's build writes: build again"],
      message: expect.not.stringContaining("hunter2"),
    }),
  );
});
