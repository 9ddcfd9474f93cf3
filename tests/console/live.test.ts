import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { liveForTests } from "./support/open-live.ts";
import { accessibilityFaults } from "./support/open-page.ts";

const SCRIPT = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>";

const live = liveForTests({
  "tenants/hostile.yaml": `name: ${JSON.stringify(SCRIPT)}\nplan: team\n`,
});
const editor = { tenant: "acme", roles: ["editor"] };
const globex = { tenant: "globex", roles: ["viewer"] };

const rows = (page: Page) => page.getByRole("table").getByRole("row").filter({ hasText: "status" });
const connected = (page: Page) => page.getByText("listening", { exact: true }).waitFor();

describe("the view Live", () => {
  it("shows decisions from before it was opened, then each as it is made, the newest first", async () => {
    await live.stack.ask("GET", "/documents/before", editor);
    const { page, wrongs } = await live.open("#live");
    await rows(page).filter({ hasText: "/documents/before" }).waitFor();
    await live.stack.ask("DELETE", "/documents/after", editor);
    const newest = rows(page).first();
    await newest.filter({ hasText: "DELETE /documents/after" }).waitFor();
    const text = await newest.innerText();
    for (const part of ["denied", "status 403", "DELETE /documents/{documentId}", "acme · ann", "editor"])
      expect(text).toContain(part);
    expect(text).toMatch(/route_not_granted[\s\S]*asked, \d+ ms[\s\S]*group g1/);
    expect(wrongs).toEqual([]);
  });

  it("filters by tenant, outcome and reason, and the address says by what", async () => {
    await live.stack.ask("GET", "/documents/1", globex);
    await live.stack.ask("POST", "/documents", globex);
    await live.stack.ask("GET", "/documents/2", editor);
    const { page } = await live.open("#live");
    await rows(page).filter({ hasText: "/documents/2" }).waitFor();
    await page.getByLabel("Tenant").selectOption("globex");
    expect(await rows(page).filter({ hasText: "acme" }).count()).toBe(0);
    await page.getByLabel("Outcome").selectOption("denied");
    await page.getByLabel("Reason").selectOption("route_not_granted");
    await rows(page).filter({ hasText: "POST /documents" }).first().waitFor();
    expect(await rows(page).filter({ hasText: "allowed" }).count()).toBe(0);
    expect(page.url()).toContain("#live?tenant=globex&outcome=refused&reason=route_not_granted");
    await page.reload();
    await rows(page).filter({ hasText: "POST /documents" }).first().waitFor();
    expect(await rows(page).count()).toBe(await rows(page).filter({ hasText: "globex" }).count());
  });

  it("says that none has what is asked for, and leads back to all", async () => {
    await live.stack.ask("GET", "/documents/1", editor);
    const { page } = await live.open("#live?tenant=nobody");
    await page.getByText("No decision has all that is asked for").waitFor();
    await page.getByRole("link", { name: "Show all" }).click();
    await rows(page).filter({ hasText: "/documents/1" }).first().waitFor();
  });

  it("stands still while it is paused, says how many are newer, and shows them when it goes on", async () => {
    const { page } = await live.open("#live");
    await live.stack.ask("GET", "/documents/before-pause", editor);
    await rows(page).first().filter({ hasText: "before-pause" }).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await live.stack.ask("GET", "/documents/while-paused", editor);
    await page.getByText("paused, 1 newer").waitFor();
    expect(await rows(page).filter({ hasText: "while-paused" }).count()).toBe(0);
    await page.getByRole("button", { name: "Paused" }).click();
    await rows(page).first().filter({ hasText: "while-paused" }).waitFor();
  });

  it("leads from a decision to the cell of its caller's role", async () => {
    await live.stack.ask("DELETE", "/documents/why", editor);
    const { page } = await live.open("#live");
    await rows(page)
      .filter({ hasText: "/documents/why" })
      .getByRole("link", { name: "Why: editor, DELETE /documents/{documentId}" })
      .click();
    const place = new URLSearchParams(new URL(page.url()).hash.replace("#matrix?", ""));
    expect(Object.fromEntries(place)).toEqual({
      tenant: "acme",
      role: "editor",
      route: "DELETE /documents/{documentId}",
    });
  });

  it("tells a listener now and then how many there were, and not each", async () => {
    const { page } = await live.open("#live", { clock: true });
    await connected(page);
    await page.clock.runFor(11_000);
    for (const path of ["/documents/1", "/documents/2", "/documents/3"])
      await live.stack.ask("GET", path, editor);
    await live.stack.ask("DELETE", "/documents/1", editor);
    await page.clock.runFor(1_000);
    await rows(page).first().filter({ hasText: "DELETE" }).waitFor();
    const told = page.getByRole("status").filter({ hasText: "new decisions" });
    expect(await told.count()).toBe(0);
    await page.clock.runFor(10_000);
    await told.filter({ hasText: "4 new decisions: 3 allowed, 1 refused" }).waitFor({ state: "attached" });
  });

  it("keeps the last 1,000, and draws the rows that are seen", async () => {
    const { page } = await live.open("#live");
    await connected(page);
    for (let batch = 0; batch < 22; batch++)
      await Promise.all(Array.from({ length: 50 }, () => live.stack.ask("GET", "/health")));
    await page.getByText("1000 decisions, the last that are kept").waitFor();
    await live.stack.ask("GET", "/documents/last", editor);
    await rows(page).first().filter({ hasText: "/documents/last" }).waitFor();
    expect(await rows(page).count()).toBeLessThan(60);
    expect(await page.getByRole("table").getAttribute("aria-rowcount")).toBe("1001");
    const list = page.getByRole("region", { name: "Decisions, the newest first" });
    await list.focus();
    await page.keyboard.press("End");
    await rows(page).last().and(page.locator("[aria-rowindex='1001']")).waitFor();
    await live.stack.ask("GET", "/documents/newer", editor);
    await page.getByText("held while you read, 1 newer").waitFor();
    await page.keyboard.press("Home");
    await rows(page).first().filter({ hasText: "/documents/newer" }).waitFor();
  });

  it("shows a script in a path, a subject or a tenant as text", async () => {
    const { page, wrongs } = await live.open("#live");
    await live.stack.ask("GET", `/documents/${encodeURIComponent(SCRIPT)}`, {
      tenant: SCRIPT,
      roles: [SCRIPT],
      subject: SCRIPT,
    });
    await rows(page)
      .first()
      .filter({ hasText: `${SCRIPT} · ${SCRIPT}` })
      .waitFor();
    expect(await page.title()).toBe("Live · Portcullis");
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(wrongs).toEqual([]);
  });
});

describe("a file changed on disk", () => {
  const EDITOR =
    "extends: [viewer]\nallow: [documents.write, documents.create, comments.write, PUT /files/**]\n";

  it("shows what access changed, without a reload, and in the views that are open", async () => {
    const [{ page, wrongs }, other] = [await live.open("#live"), await live.open("#try?tenant=acme")];
    await connected(page);
    await other.page.getByRole("checkbox", { name: "editor" }).waitFor();
    expect(await other.page.getByRole("checkbox", { name: "curator" }).count()).toBe(0);
    live.stack.write("roles/editor.yaml", EDITOR.replace("documents.create, ", ""));
    await page.getByRole("heading", { name: /^Lost/ }).waitFor();
    await page.getByText("loses POST /documents").first().waitFor();
    await page.getByText(/combinations of tenant, role and route are lost/).waitFor();
    const acme = readFileSync("policies/tenants/acme.yaml", "utf8");
    live.stack.write("tenants/acme.yaml", `${acme}  curator: { allow: [documents.read] }\n`);
    await page.getByRole("heading", { name: /^Gained/ }).waitFor();
    await page.getByText("acme / curator gains GET /documents").first().waitFor();
    await other.page.getByRole("checkbox", { name: "curator" }).waitFor();
    await other.page.getByRole("status").filter({ hasText: "The policy files changed" }).waitFor();
    expect([...wrongs, ...other.wrongs]).toEqual([]);
  });

  it("and broken shows its errors with their positions, while the last good ones stay in force", async () => {
    const [{ page }, other] = [await live.open("#live"), await live.open("#matrix")];
    await connected(page);
    live.stack.write("roles/editor.yaml", "extends: [viewer]\nalow: [documents.write]\n");
    await page
      .getByText("The policy files have an error; the last good ones stay in force")
      .first()
      .waitFor();
    await page.getByText(/roles\/editor\.yaml:2:1/).waitFor();
    await page.getByText('unknown key "alow"; did you mean "allow"?').waitFor();
    await other.page.getByRole("status").filter({ hasText: "the last good ones stay in force" }).waitFor();
    expect(await live.stack.ask("PUT", "/documents/1", editor)).toBe(200);
    const late = await live.open("#live");
    await late.page.getByText(/roles\/editor\.yaml:2:1/).waitFor();
    live.stack.write("roles/editor.yaml", EDITOR);
    await page
      .getByText(/gains POST \/documents/)
      .first()
      .waitFor();
  });
});

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  it("axe finds nothing, and nothing is wider than a narrow screen", async () => {
    await live.stack.ask("DELETE", "/documents/42", editor);
    const { page, wrongs } = await live.open("#live", { colorScheme });
    await rows(page).first().waitFor();
    await page
      .getByRole("heading", { name: /^(Gained|Lost)/ })
      .first()
      .waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    expect(wrongs).toEqual([]);
  });
});
