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
  it("shows decisions from before it was opened, then each new one, the newest first", async () => {
    await live.stack.send("GET", "/documents/before", editor);
    const { page, violations } = await live.open("#live");
    await rows(page).filter({ hasText: "/documents/before" }).waitFor();
    await live.stack.send("DELETE", "/documents/after", editor);
    const newest = rows(page).first();
    await newest.filter({ hasText: "DELETE /documents/after" }).waitFor();
    const text = await newest.innerText();
    for (const part of ["denied", "status 403", "DELETE /documents/{documentId}", "acme · ann", "editor"])
      expect(text).toContain(part);
    expect(text).toMatch(/route_not_granted[\s\S]*called, \d+ ms[\s\S]*group g1/);
    expect(violations).toEqual([]);
  });

  it("filters by tenant, outcome and reason, and keeps the filters in the URL", async () => {
    await live.stack.send("GET", "/documents/1", globex);
    await live.stack.send("POST", "/documents", globex);
    await live.stack.send("GET", "/documents/2", editor);
    const { page } = await live.open("#live");
    await rows(page).filter({ hasText: "/documents/2" }).waitFor();
    await page.getByLabel("Tenant").selectOption("globex");
    expect(await rows(page).filter({ hasText: "acme" }).count()).toBe(0);
    await page.getByLabel("Outcome").selectOption("denied");
    await page.getByLabel("Reason").selectOption("route_not_granted");
    await rows(page).filter({ hasText: "POST /documents" }).first().waitFor();
    expect(await rows(page).filter({ hasText: "allowed" }).count()).toBe(0);
    expect(page.url()).toContain("#live?tenant=globex&outcome=denied&reason=route_not_granted");
    await page.reload();
    await rows(page).filter({ hasText: "POST /documents" }).first().waitFor();
    expect(await rows(page).count()).toBe(await rows(page).filter({ hasText: "globex" }).count());
  });

  it("reports that no decision matches the filters, and links to all decisions", async () => {
    await live.stack.send("GET", "/documents/1", editor);
    const { page } = await live.open("#live?tenant=nobody");
    await page.getByText("No decision matches the filters").waitFor();
    await page.getByRole("link", { name: "Show all" }).click();
    await rows(page).filter({ hasText: "/documents/1" }).first().waitFor();
  });

  it("does not change while it is paused, counts the newer decisions, and shows them when it resumes", async () => {
    const { page } = await live.open("#live");
    await live.stack.send("GET", "/documents/before-pause", editor);
    await rows(page).first().filter({ hasText: "before-pause" }).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await live.stack.send("GET", "/documents/while-paused", editor);
    await page.getByText("paused, 1 newer").waitFor();
    expect(await rows(page).filter({ hasText: "while-paused" }).count()).toBe(0);
    await page.getByRole("button", { name: "Paused" }).click();
    await rows(page).first().filter({ hasText: "while-paused" }).waitFor();
  });

  it("links from a decision to the matrix cell of the caller's role", async () => {
    await live.stack.send("DELETE", "/documents/why", editor);
    const { page } = await live.open("#live");
    await rows(page)
      .filter({ hasText: "/documents/why" })
      .getByRole("link", { name: "Why: editor, DELETE /documents/{documentId}" })
      .click();
    const params = new URLSearchParams(new URL(page.url()).hash.replace("#matrix?", ""));
    expect(Object.fromEntries(params)).toEqual({
      tenant: "acme",
      role: "editor",
      roles: "editor",
      route: "DELETE /documents/{documentId}",
      subject: "ann",
      scopes: "",
      issuer: "main",
      client: expect.any(String),
      path: "/documents/why",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it("explains a decision with the request's own caller, path and time, and marks what was not recorded", async () => {
    const caller = { tenant: "acme", roles: ["editor", "viewer"], subject: "zoe" };
    await live.stack.send("PATCH", "/users/stranger", caller);
    const { page } = await live.open("#live");
    await rows(page)
      .filter({ hasText: "/users/stranger" })
      .getByRole("link", { name: /^Why: editor/ })
      .first()
      .click();
    const why = page.getByRole("region", { name: /^Why: editor/ });
    await why.getByText("PATCH /users/stranger", { exact: true }).waitFor();
    await why.getByText(/^The request of \d\d:\d\d:\d\d, and its caller$/).waitFor();
    for (const role of ["editor", "viewer"])
      expect(await why.getByRole("checkbox", { name: role, exact: true }).isChecked()).toBe(true);
    expect(await why.getByLabel("issuer", { exact: true }).inputValue()).toBe("main");
    expect(await why.getByLabel("subject", { exact: true }).inputValue()).toBe("zoe");
    expect(await why.getByLabel("{userId}").inputValue()).toBe("stranger");
    await why.getByLabel("{userId}").fill("zoe");
    await why.getByText("Allowed", { exact: true }).waitFor();
    for (const role of ["editor", "viewer"]) await why.getByRole("checkbox", { name: role }).uncheck();
    await why.getByText("Denied: no role").waitFor();
    // A caller that no route of the group is granted to has no context, so the log has neither subject nor scopes.
    const location = page
      .url()
      .replace(/&subject=[^&]*/, "")
      .replace(/&scopes=[^&]*/, "");
    await page.goto("about:blank");
    await page.goto(location);
    expect(await why.getByLabel("subject (assumed)").inputValue()).toBe("ann");
    await why.getByText("What was not recorded is assumed").waitFor();
  });

  it("can be filtered by client, and explains by the ceilings of client and delegate", async () => {
    const client = "report-tool";
    await live.stack.send("GET", "/documents/by-tool", { ...editor, client });
    await live.stack.send("GET", "/documents/by-web", { ...editor, client: "web-app" });
    const { page } = await live.open("#live");
    await rows(page).filter({ hasText: "/documents/by-tool" }).waitFor();
    await page.getByLabel("Client").selectOption(client);
    await page.waitForFunction(() => document.querySelectorAll("main tbody tr").length === 1);
    await rows(page)
      .filter({ hasText: `by ${client}` })
      .waitFor();
    await rows(page)
      .getByRole("link", { name: /^Why: editor/ })
      .click();
    const why = page.getByRole("region", { name: /^Why: editor/ });
    expect(await why.getByLabel("issuer", { exact: true }).inputValue()).toBe("main");
    expect(await why.getByLabel("client", { exact: true }).inputValue()).toBe(client);
  });

  it("can be searched by request id, subject and path", async () => {
    await live.stack.send("GET", "/documents/needle", { ...editor, subject: "one" });
    await live.stack.send("GET", "/documents/hay", { ...editor, subject: "two" });
    const { page } = await live.open("#live");
    const needle = rows(page).filter({ hasText: "/documents/needle" });
    await needle.waitFor();
    const requestId = await needle.locator(".cell-time .quiet").innerText();
    for (const text of [requestId, "ONE", "documents/needle"]) {
      await page.getByLabel("Search").fill(text);
      await page.waitForFunction(() => document.querySelectorAll("main tbody tr").length === 1);
      await needle.waitFor();
    }
    expect(new URL(page.url()).hash).toContain("search=documents%2Fneedle");
  });

  it("announces at intervals how many decisions there were, and not each one", async () => {
    const { page } = await live.open("#live", { clock: true });
    await connected(page);
    await page.clock.runFor(11_000);
    for (const path of ["/documents/1", "/documents/2", "/documents/3"])
      await live.stack.send("GET", path, editor);
    await live.stack.send("DELETE", "/documents/1", editor);
    await page.clock.runFor(1_000);
    await rows(page).first().filter({ hasText: "DELETE" }).waitFor();
    const announced = page.getByRole("status").filter({ hasText: "new decisions" });
    expect(await announced.count()).toBe(0);
    await page.clock.runFor(10_000);
    await announced
      .filter({ hasText: "4 new decisions: 3 allowed, 1 denied" })
      .waitFor({ state: "attached" });
  });

  it("keeps the last 1,000 decisions, and draws only the visible rows", async () => {
    const { page } = await live.open("#live");
    await connected(page);
    for (let batch = 0; batch < 22; batch++)
      await Promise.all(Array.from({ length: 50 }, () => live.stack.send("GET", "/health")));
    await page.getByText("1000 decisions, older ones are dropped").waitFor();
    await live.stack.send("GET", "/documents/last", editor);
    await rows(page).first().filter({ hasText: "/documents/last" }).waitFor();
    expect(await rows(page).count()).toBeLessThan(60);
    expect(await page.getByRole("table").getAttribute("aria-rowcount")).toBe("1001");
    const list = page.getByRole("region", { name: "Decisions, the newest first" });
    await list.focus();
    await page.keyboard.press("End");
    await rows(page).last().and(page.locator("[aria-rowindex='1001']")).waitFor();
    await live.stack.send("GET", "/documents/newer", editor);
    await page.getByText("on hold while you scroll, 1 newer").waitFor();
    await page.keyboard.press("Home");
    await rows(page).first().filter({ hasText: "/documents/newer" }).waitFor();
  });

  it("shows a script in a path, a subject or a tenant as text", async () => {
    const { page, violations } = await live.open("#live");
    await live.stack.send("GET", `/documents/${encodeURIComponent(SCRIPT)}`, {
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
    expect(violations).toEqual([]);
  });
});

describe("a policy file that changes on disk", () => {
  const EDITOR =
    "extends: [viewer]\nallow: [documents.write, documents.create, comments.write, PUT /files/**]\n";

  it("is shown as the access that changed, without a reload, in all open views", async () => {
    const [{ page, violations }, other] = [await live.open("#live"), await live.open("#try?tenant=acme")];
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
    expect([...violations, ...other.violations]).toEqual([]);
  });

  it("is shown with the positions of its errors if it has any, while the last good files stay in force", async () => {
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
    expect(await live.stack.send("PUT", "/documents/1", editor)).toBe(200);
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
  it("axe finds no fault, and nothing is wider than a narrow screen", async () => {
    await live.stack.send("DELETE", "/documents/42", editor);
    const { page, violations } = await live.open("#live", { colorScheme });
    await rows(page).first().waitFor();
    await page
      .getByRole("heading", { name: /^(Gained|Lost)/ })
      .first()
      .waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    expect(violations).toEqual([]);
  });
});

describe("a change of the policy files", () => {
  it("is a notice in the other views only while it is news", async () => {
    const { page } = await live.open("#matrix", { clock: true });
    await page.getByRole("heading", { name: "Matrix" }).waitFor();
    live.stack.write("roles/editor.yaml", "allow: [documents.read]\n");
    const notice = page.getByRole("status").filter({ hasText: "The policy files changed" });
    await page.clock.runFor(1_000);
    await notice.waitFor();
    await page.clock.runFor(70_000);
    await notice.waitFor({ state: "detached" });
  });
});
