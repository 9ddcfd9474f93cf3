import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { browserForTests } from "./support/open-page.ts";
import { sample } from "./support/policies.ts";

const open = browserForTests();

const focused = (page: Page): Promise<string | null> =>
  page.evaluate(
    () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? null,
  );

it("moves through the matrix by arrow keys, to its ends, and to Why and back, without a mouse", async () => {
  const { page } = await open(sample(), "#matrix?tenant=globex");
  await page.getByRole("grid").waitFor();
  await page.getByRole("textbox", { name: "Filter routes" }).focus();
  await page.keyboard.press("Tab");
  expect(await focused(page)).toMatch(
    /^accountant, DELETE \/documents\/\{documentId\}\/comments\/\{commentId\}/,
  );
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  expect(await focused(page)).toBe("admin, GET /documents/{documentId}/comments: allowed");
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowRight");
  expect(await focused(page)).toBe("viewer, GET /documents/{documentId}/comments: allowed");
  await page.keyboard.press("Control+End");
  expect(await focused(page)).toBe(
    "viewer, PATCH /users/{userId}: limited to the caller's own, userId=subject",
  );
  await page.keyboard.press("Control+Home");
  expect(await focused(page)).toMatch(/^accountant, DELETE/);
  await page.keyboard.press("PageDown");
  expect(await focused(page)).not.toMatch(/comments/);
  await page.keyboard.press("PageUp");
  expect(await focused(page)).toMatch(/^accountant, DELETE/);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");

  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Why: admin, GET /documents/{documentId}/comments" }).waitFor();
  expect(await focused(page)).toBe("Why: admin, GET /documents/{documentId}/comments");
  await page.keyboard.press("Escape");
  await page.getByRole("region", { name: /^Why/ }).waitFor({ state: "detached" });
  expect(await focused(page)).toBe("admin, GET /documents/{documentId}/comments: allowed");
});

it("skips to the content", async () => {
  const { page } = await open(sample(), "#groups");
  await page.getByRole("heading", { name: "Groups of dev" }).waitFor();
  await page.keyboard.press("Tab");
  expect(await focused(page)).toBe("Skip to the content");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("MAIN");
  expect(page.url()).toMatch(/#groups$/);
});

it("outlines the focused element", async () => {
  const { page } = await open(sample(), "#matrix");
  await page.getByRole("grid").waitFor();
  for (const _ of Array.from({ length: 7 })) {
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(
      () => getComputedStyle(document.activeElement ?? document.body).outlineStyle,
    );
    expect(outline).not.toBe("none");
  }
});

it("returns the focus from Why to its cell on the browser's Back too", async () => {
  const { page } = await open(sample(), "#matrix?tenant=globex");
  await page.getByRole("gridcell").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: /^Why/ }).waitFor();
  await page.goBack();
  await page.getByRole("region", { name: /^Why/ }).waitFor({ state: "detached" });
  expect(await focused(page)).toBe("admin, DELETE /documents/{documentId}/comments/{commentId}: allowed");
});

it("keeps the focus when a comparison starts and stops", async () => {
  const { page } = await open(sample(), "#matrix");
  await page.getByRole("button", { name: "Compare…" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "Other tenant" }).waitFor();
  expect(await focused(page)).toBe("Stop comparing");
  await page.keyboard.press("Tab");
  await page.keyboard.type("globex");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Matrix of acme and globex" }).waitFor();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Matrix of acme", exact: true }).waitFor();
  expect(await focused(page)).toBe("Compare…");
});

it("moves the focus to the content when the focused element is removed", async () => {
  const { page } = await open(sample(), "#nowhere");
  await page.getByRole("link", { name: "Go to the matrix" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Matrix of acme" }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("MAIN");
});
