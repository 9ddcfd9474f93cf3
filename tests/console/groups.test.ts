import { expect, it } from "vitest";
import { check } from "../../cli/commands/policies/check.ts";
import { runVerb } from "../cli/run-verb.ts";
import { browserForTests } from "./support/open-page.ts";
import { sample } from "./support/policies.ts";

const open = browserForTests();

it("lists each group with its routes and bytes, and the overlaps that divide the groups", async () => {
  const { page } = await open(sample(), "#groups");
  const groups = page.getByRole("list", { name: "Authorizer groups" });
  expect(await groups.getByRole("listitem").allTextContents()).toEqual([
    expect.stringMatching(/^1 g1 6 routes .*at most [\d,]+ of 8,192 bytes$/),
    expect.stringMatching(/^2 g2 11 routes .*at most [\d,]+ of 8,192 bytes$/),
  ]);
  const { stdout } = await runVerb(check);
  const printed = [...stdout.matchAll(/group (g\d): .* at most (\d+) bytes/g)].map(([, name, bytes]) => ({
    name,
    bytes: Number(bytes).toLocaleString("en"),
  }));
  expect(printed).toHaveLength(2);
  for (const { name, bytes } of printed)
    await groups
      .getByRole("listitem")
      .filter({ hasText: `${name} ` })
      .getByText(`at most ${bytes} of`)
      .waitFor();
  const rows = await page.getByRole("table").getByRole("row").allTextContents();
  expect(rows).toContain("group 2 GET /documents/searchgroup 1 GET /documents/{documentId}");
});

it("draws every route and an arc for each overlap, and lists the same in a table", async () => {
  const { page } = await open(sample(), "#groups");
  const picture = page.getByRole("img", { name: /^Tree of 12 paths, coloured by group, with 3 overlaps/ });
  await picture.waitFor();
  expect(await picture.locator(".arcs path").count()).toBe(3);
  const methods = await picture.locator(".pill text").allTextContents();
  expect(methods).toHaveLength(19);
  expect(methods).toContain("GET –");
  await page.getByText("The routes as a table").click();
  await page.getByRole("row", { name: "GET /health none" }).waitFor();
  await page.getByRole("row", { name: "group 2 GET /documents/search g2" }).waitFor();
});

it("shows only the routes that match the filter", async () => {
  const { page } = await open(sample(), "#groups");
  await page.getByRole("textbox", { name: "Filter routes" }).fill("delete");
  await page.getByRole("img", { name: /^Tree of 2 paths, coloured by group, with 1 overlaps/ }).waitFor();
});
