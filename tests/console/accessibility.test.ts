import { expect, it } from "vitest";
import { consoleData } from "../../console/data.ts";
import { accessibilityFaults, browserForTests } from "./support/open-page.ts";
import { folderOf, sample, sampleFiles } from "./support/policies.ts";

const open = browserForTests();

const broken = folderOf("next", sampleFiles({ "roles/viewer.yaml": "allow: [documents.raed]\n" }));
const two = consoleData([folderOf("dev", sampleFiles()), broken], false);
const narrow = { viewport: { width: 360, height: 740 } };
const WHY = "#matrix?tenant=globex&role=editor&route=POST+/documents";

it.each([
  ["the matrix", "#matrix", {}, "heading"],
  ["the matrix on a narrow screen", "#matrix", narrow, "grid"],
  ["two tenants compared, with a Why of both", `${WHY}&to=hooli`, {}, "region"],
  ["a Why on a narrow screen", WHY, narrow, "region"],
  ["the groups", "#groups", {}, "img"],
  ["errors of the files", "#matrix?set=next", {}, "alert"],
  ["an unknown tenant", "#matrix?tenant=nobody", {}, "alert"],
] as const)("axe finds nothing in %s, light or dark", async (_, hash, options, role) => {
  const { page, wrongs } = await open(two, hash, options);
  await page.getByRole(role).first().waitFor();
  for (const colorScheme of ["light", "dark"] as const) {
    // Without it a colour is measured while it fades.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    expect(await accessibilityFaults(page), colorScheme).toEqual([]);
  }
  expect(wrongs).toEqual([]);
});

it("axe finds nothing in an open list of tenants", async () => {
  const { page } = await open(sample(), "#matrix");
  await page.getByRole("combobox", { name: "Tenant" }).click();
  await page.getByRole("option").first().waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
});

it("nothing is wider than a narrow screen, but for what scrolls by itself", async () => {
  for (const hash of ["#matrix?tenant=globex&to=hooli", WHY, "#groups"]) {
    const { page } = await open(sample(), hash, narrow);
    await page.getByRole("heading", { level: 2 }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth), hash).toBe(360);
  }
});
