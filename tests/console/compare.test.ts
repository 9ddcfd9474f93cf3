import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { consoleData } from "../../console/data.ts";
import { browserForTests, cell } from "./support/open-page.ts";
import { folderFrom, sample, sampleFiles } from "./support/policies.ts";

const open = browserForTests();

const EDITOR =
  "extends: [viewer]\nallow: [documents.write, comments.write, PUT /files/**, documents.purge]\n";
const two = consoleData(
  [folderFrom("dev", sampleFiles()), folderFrom("dev of next", sampleFiles({ "roles/editor.yaml": EDITOR }))],
  false,
);

const totals = (page: Page): Promise<string | null> => page.getByText(/^From /).textContent();

describe("comparing", () => {
  it("two tenants shows in each cell the access of both, and whether it is gained or lost", async () => {
    const { page } = await open(sample(), "#matrix?tenant=globex");
    await page.getByRole("button", { name: "Compare…" }).click();
    // Two different tenants from the start: the next one in the list.
    const [, first, second] =
      /^Matrix of (\S+) and (\S+)$/.exec(await page.getByRole("heading", { name: / and / }).innerText()) ??
      [];
    expect([first, second]).toEqual(["globex", expect.not.stringMatching(/^(globex|undefined)$/)]);
    await page.getByRole("combobox", { name: "Other tenant" }).fill("hooli");
    await page.getByRole("option", { name: "hooli" }).click();
    await page.getByRole("heading", { name: "Matrix of globex and hooli" }).waitFor();
    await cell(page, "admin, GET /documents: allowed in globex; outside the plan in hooli; lost").waitFor();
    await cell(page, "editor, POST /documents: denied in globex; allowed in hooli; gained").waitFor();
    await cell(page, "viewer, GET /documents: allowed in globex; allowed in hooli").waitFor();
    expect(await totals(page)).toBe("From globex to hooli: 1 gained, 20 lost");
    await page.getByRole("button", { name: "Swap" }).click();
    await page.getByRole("heading", { name: "Matrix of hooli and globex" }).waitFor();
    expect(await totals(page)).toBe("From hooli to globex: 20 gained, 1 lost");
    await page.getByRole("button", { name: "Stop comparing" }).click();
    await page.getByRole("heading", { name: "Matrix of hooli", exact: true }).waitFor();
  });

  it("two policy sets shows only the rows that differ, and the changes for all tenants", async () => {
    const { page } = await open(two, "#matrix?tenant=globex&toSet=dev+of+next");
    await page.getByRole("heading", { name: "Matrix of dev and dev of next" }).waitFor();
    await page.getByLabel("Differences only").check();
    await page.getByRole("rowheader").nth(1).waitFor({ state: "detached" });
    expect(await page.getByRole("rowheader").allTextContents()).toEqual([
      "documents.purge DELETE /documents/{documentId}",
    ]);
    await page.getByText("Access changes for all tenants, from dev to dev of next").click();
    const changes = page.getByRole("listitem");
    await changes
      .filter({ hasText: "editor gains DELETE /documents/{documentId}" })
      .getByText("globex, hooli")
      .waitFor();
    await changes.filter({ hasText: "editor loses POST /documents" }).getByText("acme, hooli").waitFor();
  });

  it("marks a gain and a loss by different shapes, not by colour alone", async () => {
    const { page } = await open(sample(), "#matrix?tenant=globex&to=hooli");
    const shapes = (name: string) =>
      cell(page, name)
        .locator("path")
        .evaluateAll((paths) => paths.map((path) => path.getAttribute("d")));
    const gain = await shapes("editor, POST /documents: denied in globex; allowed in hooli; gained");
    const loss = await shapes("admin, GET /documents: allowed in globex; outside the plan in hooli; lost");
    expect([gain.length, loss.length]).toEqual([3, 3]);
    expect(gain[1]).not.toBe(loss[1]);
  });

  it("reports that there are no differences", async () => {
    const { page } = await open(sample(), "#matrix?tenant=globex&to=globex&changed=only");
    await page.getByText("No differences").waitFor();
    await page.getByLabel("Differences only").uncheck();
    await page.getByRole("grid").waitFor();
  });

  it("opens a Why of both", async () => {
    const { page } = await open(sample(), "#matrix?tenant=globex&to=hooli&role=editor&route=POST+/documents");
    await page
      .getByRole("region", { name: "Decision in globex" })
      .getByText("Denied: route not granted")
      .waitFor();
    await page.getByRole("region", { name: "Decision in hooli" }).getByText("Allowed").waitFor();
  });

  it("shows the errors of a set that cannot be read", async () => {
    const broken = folderFrom("dev of next", sampleFiles({ "roles/editor.yaml": "allow: [nothing.such]\n" }));
    const { page } = await open(consoleData([folderFrom("dev", sampleFiles()), broken], false), "#matrix");
    await page.getByRole("heading", { name: "Matrix of acme" }).waitFor();
    await page.getByRole("combobox", { name: "Policies" }).selectOption("dev of next");
    await page.getByRole("heading", { name: "The policy files of dev of next have an error" }).waitFor();
    await page.getByRole("combobox", { name: "Policies" }).selectOption("dev");
    await page.getByRole("heading", { name: "Matrix of acme" }).waitFor();
  });
});
