import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { liveForTests } from "./support/open-live.ts";
import { cell } from "./support/open-page.ts";

/** A candidate whose editors cannot write. */
const candidate = mkdtempSync(join(tmpdir(), "portcullis-candidate-"));
cpSync("policies", candidate, { recursive: true });
writeFileSync(join(candidate, "roles/editor.yaml"), "extends: [viewer]\nallow: [comments.write]\n");
afterAll(() => rmSync(candidate, { recursive: true, force: true }));

const live = liveForTests({}, ["--shadow", candidate]);
const why = (page: Page) => page.getByRole("region", { name: /^Why/ });
const rows = (page: Page) => page.getByRole("table").getByRole("row").filter({ hasText: "status" });

beforeAll(async () => {
  await live.stack.command("tenant", "put", "umbrella", "--plan", "team");
  await live.stack.command("grant", "--tenant", "umbrella", "--subject", "ann", "--role", "admin");
});

describe("what run time adds to the policy files", () => {
  it("is in the matrix: a tenant that was created at run time, and its roles", async () => {
    const { page } = await live.open("#matrix?tenant=umbrella");
    await cell(page, "viewer, GET /documents: allowed").waitFor();
    await page.getByRole("heading", { name: "Matrix of umbrella" }).waitFor();
    await page.getByText("created at run time").first().waitFor();
  });

  it("is in Compare: a tenant of the files next to one of run time", async () => {
    const { page } = await live.open("#matrix?tenant=globex&to=umbrella");
    await page.getByRole("heading", { name: "Matrix of globex and umbrella" }).waitFor();
    await cell(page, "editor, POST /documents: denied in globex; allowed in umbrella; gained").waitFor();
  });

  it("is in Compare: a tenant of run time by the files in force and by the candidate, and all tenants", async () => {
    const { page } = await live.open(`#matrix?tenant=umbrella&toSet=dev of ${candidate}`);
    await cell(page, /^editor, POST \/documents: allowed in dev; denied in dev of .+; lost$/).waitFor();
    await page.getByText(/^Access changes for all tenants/).click();
    await page
      .getByRole("listitem")
      .filter({ hasText: "editor loses POST /documents" })
      .getByText(/in .*umbrella/)
      .waitFor();
  });

  it("is in Try it: the tenant can be chosen, with the roles of its plan", async () => {
    const { page } = await live.open("#try?tenant=umbrella");
    await page.getByText("created at run time · plan team").waitFor();
    await page.getByRole("checkbox", { name: "editor" }).waitFor();
  });

  it("is in Why: a membership gives the role, and a revocation denies", async () => {
    expect(
      await live.stack.send("GET", "/documents/why", { tenant: "umbrella", roles: [], subject: "ann" }),
    ).toBe(200);
    const { page } = await live.open("#live");
    await rows(page)
      .filter({ hasText: "/documents/why" })
      .first()
      .getByRole("link", { name: /^Why/ })
      .click();
    await why(page).getByText("a membership gives the role admin").waitFor();
    await why(page).getByText("Allowed", { exact: true }).waitFor();
    await live.stack.command("revoke", "--tenant", "umbrella", "--subject", "ann");
    await page.reload();
    await why(page)
      .getByText(/^.*the caller is revoked in the tenant until/)
      .waitFor();
    await why(page).getByText("Denied: revoked").waitFor();
  });

  it("is read again when the reader comes back to the page", async () => {
    const { page } = await live.open("#try?tenant=stark");
    await page.getByText("Neither the policy files nor the table have this tenant.").waitFor();
    await live.stack.command("tenant", "put", "stark", "--plan", "team");
    await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    await page.getByText("created at run time · plan team").waitFor();
  });
});

describe("the recorded time of a request", () => {
  it("decides in Why: a membership that has ended since still counted then", async () => {
    await live.stack.command(
      ...["grant", "--tenant", "acme", "--subject", "sue", "--role", "viewer", "--until", "2h"],
    );
    const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString();
    const request = (time: string) =>
      `#matrix?tenant=acme&role=viewer&route=GET+/documents&path=/documents&subject=sue&issuer=main&roles=&time=${time}`;
    const { page } = await live.open(request(hours(0)));
    await why(page).getByText("a membership gives the role viewer").waitFor();
    const later = await live.open(request(hours(3)));
    await why(later.page).getByText("the membership with role viewer ended at").waitFor();
  });
});
