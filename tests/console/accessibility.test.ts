import { expect, it } from "vitest";
import { consoleData } from "../../console/data.ts";
import { accessibilityFaults, browserForTests } from "./support/open-page.ts";
import { folderFrom, sample, sampleFiles } from "./support/policies.ts";

const open = browserForTests();

const broken = folderFrom("next", sampleFiles({ "roles/viewer.yaml": "allow: [documents.raed]\n" }));
const two = consoleData([folderFrom("dev", sampleFiles()), broken], false);
const narrow = { viewport: { width: 360, height: 740 } };
const WHY = "#matrix?tenant=globex&role=editor&route=POST+/documents";

it.each([
  ["the matrix", "#matrix", {}, "heading"],
  ["the matrix on a narrow screen", "#matrix", narrow, "grid"],
  ["two compared tenants with a Why of both", `${WHY}&to=hooli`, {}, "region"],
  ["a Why on a narrow screen", WHY, narrow, "region"],
  ["the groups", "#groups", {}, "img"],
  ["errors of the files", "#matrix?set=next", {}, "alert"],
  ["an unknown tenant", "#matrix?tenant=nobody", {}, "alert"],
] as const)("axe finds no fault in %s, light or dark", async (_, hash, options, role) => {
  const { page, violations } = await open(two, hash, options);
  await page.getByRole(role).first().waitFor();
  for (const colorScheme of ["light", "dark"] as const) {
    // With motion, axe would measure a colour during its transition.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    expect(await accessibilityFaults(page), colorScheme).toEqual([]);
  }
  expect(violations).toEqual([]);
});

it("axe finds no fault in an open list of tenants", async () => {
  const { page } = await open(sample(), "#matrix");
  await page.getByRole("combobox", { name: "Tenant" }).click();
  await page.getByRole("option").first().waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
});

it("nothing is wider than a narrow screen, except regions that scroll", async () => {
  for (const hash of ["#matrix?tenant=globex&to=hooli", WHY, "#groups"]) {
    const { page } = await open(sample(), hash, narrow);
    await page.getByRole("heading", { level: 2 }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth), hash).toBe(360);
  }
});
