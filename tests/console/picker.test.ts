import { expect, it } from "vitest";
import { browserForTests } from "./support/open-page.ts";
import { sample } from "./support/policies.ts";

const open = browserForTests();

const many = Object.fromEntries(
  Array.from({ length: 60 }, (_, index) => [
    `tenants/t${index}.yaml`,
    `name: Customer ${index}\nplan: ${index % 2 === 0 ? "free" : "team"}\n`,
  ]),
);

it("finds a tenant by a part of its name, with the keyboard alone", async () => {
  const { page } = await open(sample(many), "#matrix");
  const tenant = page.getByRole("combobox", { name: "Tenant" });
  await tenant.focus();
  await page.keyboard.type("customer 4");
  await page.getByRole("option", { name: "t4 Customer 4" }).waitFor();
  expect(await page.getByRole("option").count()).toBe(15);
  await page.keyboard.press("ArrowDown");
  const activeText = async () => {
    const active = await tenant.getAttribute("aria-activedescendant");
    return page.locator(`[id="${active}"]`).textContent();
  };
  await expect.poll(activeText, { timeout: 30_000 }).toBe("t24 Customer 24");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Matrix of t24" }).waitFor();
  expect(await tenant.inputValue()).toBe("t24");
  expect(await tenant.getAttribute("aria-expanded")).toBe("false");
});

it("keeps the choice on Escape, and when nothing matches", async () => {
  const { page } = await open(sample(many), "#matrix?tenant=t7");
  const tenant = page.getByRole("combobox", { name: "Tenant" });
  await tenant.fill("zzz");
  await page.getByText("No id or name matches").waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  expect(await tenant.inputValue()).toBe("t7");
  await page.getByRole("heading", { name: "Matrix of t7" }).waitFor();
});

it("moves to the end of a long list, and draws only the visible options", async () => {
  const { page } = await open(sample(many), "#matrix?tenant=acme");
  const tenant = page.getByRole("combobox", { name: "Tenant" });
  await tenant.click();
  for (const _ of Array.from({ length: 10 })) await page.keyboard.press("PageDown");
  const active = await tenant.getAttribute("aria-activedescendant");
  const last = page.locator(`[id="${active}"]`);
  await last.waitFor();
  expect(await last.getAttribute("aria-posinset")).toBe(await last.getAttribute("aria-setsize"));
  expect(await page.getByRole("option").count()).toBeLessThan(40);
});
