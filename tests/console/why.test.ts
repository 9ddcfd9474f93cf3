import { describe, expect, it } from "vitest";
import { browserForTests, cell } from "./support/open-page.ts";
import { sample } from "./support/policies.ts";

const open = browserForTests();

describe("Why", () => {
  it("shows what takes a route away, with the line of the file, and the caller's policy", async () => {
    const { page } = await open(sample(), "#matrix?tenant=globex");
    await cell(page, "editor, POST /documents: denied").click();
    const why = page.getByRole("region", { name: "Why: editor, POST /documents" });
    await why.getByText("Denied: route not granted").waitFor();
    const deciding = why.getByRole("listitem").filter({ hasText: "decides" });
    expect(await deciding.textContent()).toContain('globex takes it from editor by "documents.create"');
    await deciding.getByText("tenants/globex.yaml:8", { exact: true }).waitFor();
    expect(await deciding.locator("mark").textContent()).toContain("except: [documents.create]");
    await why.getByText(/^Group g1, \d+ of 8,192 bytes/).waitFor();
    await why.getByText("No statement matches the request").waitFor();
  });

  it("shows what allows the request, and marks the statement that does", async () => {
    const { page } = await open(sample(), "#matrix?tenant=acme&role=viewer&route=PATCH+/users/{userId}");
    const why = page.getByRole("region", { name: "Why: viewer, PATCH /users/{userId}" });
    await why.getByText("Allowed").waitFor();
    await why.getByText("PATCH /users/ann", { exact: true }).waitFor();
    const statement = why.locator("mark", { hasText: "this statement decides" });
    expect(await statement.textContent()).toMatch(/"Effect": "Allow"[\s\S]*\{base\}\/PATCH\/users\/ann/);
  });

  it("explains a changed request: with the value of another caller, and without a scope", async () => {
    const { page } = await open(sample(), "#matrix?tenant=acme&role=viewer&route=PATCH+/users/{userId}");
    const why = page.getByRole("region", { name: /^Why/ });
    await why.getByLabel("{userId}").fill("bob");
    await why.getByText("Denied: route not granted").waitFor();
    await why.getByText("the request has another userId").waitFor();

    await page.goto(
      page.url().replace(/#.*/, "#matrix?tenant=globex&role=admin&route=DELETE+/documents/{documentId}"),
    );
    await why.getByText("Allowed").waitFor();
    await why.getByLabel("has scope docs:write").uncheck();
    await why.getByText("the token lacks the scope docs:write").waitFor();
    await why.getByText("Denied: route not granted").waitFor();
  });

  it("explains a changed caller: with another role, and of another issuer", async () => {
    const { page } = await open(sample(), "#matrix?tenant=globex&role=viewer&route=POST+/documents");
    const why = page.getByRole("region", { name: /^Why/ });
    await why.getByText("role viewer does not allow POST /documents").waitFor();
    await why.getByRole("checkbox", { name: "admin" }).check();
    await why.getByText("Allowed", { exact: true }).waitFor();
    await why.getByRole("combobox", { name: "issuer" }).selectOption("acme-okta");
    await why.getByText("Denied: issuer not allowed").waitFor();
  });

  it("names the role that does not give access, if no step takes access away", async () => {
    const { page } = await open(sample(), "#matrix?tenant=acme&role=viewer&route=POST+/documents");
    const deciding = page.getByRole("listitem").filter({ hasText: "decides" });
    expect(await deciding.textContent()).toContain("role viewer does not allow POST /documents");
  });

  it("is part of the URL: a link opens it, and Back closes it", async () => {
    const { page } = await open(sample(), "#matrix?tenant=acme");
    await cell(page, "viewer, GET /documents: allowed").click();
    const why = page.getByRole("region", { name: /^Why/ });
    await why.waitFor();
    const link = page.url();
    await page.goBack();
    await why.waitFor({ state: "detached" });
    expect(page.url()).toMatch(/#matrix\?tenant=acme$/);
    await page.goForward();
    await why.waitFor();
    await page.goto("about:blank");
    await page.goto(link);
    await page.getByRole("region", { name: "Why: viewer, GET /documents" }).waitFor();
    expect(await cell(page, "viewer, GET /documents: allowed").getAttribute("aria-selected")).toBe("true");
  });
});
