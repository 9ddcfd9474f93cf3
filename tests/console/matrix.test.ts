import { describe, expect, it } from "vitest";
import { browserForTests, cell } from "./support/open-page.ts";
import { folderData, sample } from "./support/policies.ts";

const open = browserForTests();

describe("the matrix", () => {
  it("labels each kind of access for screen readers", async () => {
    const { page } = await open(sample(), "#matrix?tenant=acme");
    await page.getByRole("heading", { name: "Matrix of acme" }).waitFor();
    await cell(page, "viewer, GET /documents: allowed").waitFor();
    await cell(page, "viewer, PATCH /users/{userId}: limited to the caller's own, userId=subject").waitFor();
    await cell(page, "viewer, POST /documents: denied").waitFor();
    await page.goto(page.url().replace("acme", "hooli"));
    await cell(page, "viewer, GET /files/{proxy+}: outside the plan").waitFor();
    await page.goto(page.url().replace("hooli", "globex"));
    await cell(page, "admin, DELETE /documents/{documentId}: needs scope, scope docs:write").waitFor();
  });

  it("shows a long role name in full, and a right-to-left tenant name correctly", async () => {
    const long = "reviewer-of-documents-comments";
    const { page } = await open(
      sample({
        [`roles/${long}.yaml`]: "allow: [documents.read]\n",
        "tenants/rtl.yaml": 'name: "שלום \\u202Eabc"\nplan: enterprise\n',
      }),
      "#matrix?tenant=rtl",
    );
    const head = page.getByRole("columnheader", { name: long });
    const [around, text] = await Promise.all([head.boundingBox(), head.getByText(long).boundingBox()]);
    expect(text?.height).toBeLessThanOrEqual(around?.height ?? 0);
    expect(
      await head.getByText(long).evaluate(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight),
    ).toBe(0);
    const [name, plan] = await Promise.all([
      page.getByText("שלום").boundingBox(),
      page.getByText("plan enterprise").boundingBox(),
    ]);
    expect(plan?.x).toBeGreaterThan((name?.x ?? 0) + (name?.width ?? 0));
  });

  it("groups routes by permission, and lists unguarded routes last", async () => {
    const { page } = await open(sample(), "#matrix");
    const headers = await page.getByRole("rowheader").allTextContents();
    expect(headers.slice(0, 2)).toEqual([
      "comments.moderate DELETE /documents/{documentId}/comments/{commentId}",
      "comments.read GET /documents/{documentId}/comments",
    ]);
    expect(headers.slice(-2)).toEqual([
      "not guarded here GET /health",
      "not guarded here GET /.well-known/oauth-protected-resource",
    ]);
    await page.getByRole("gridcell", { name: "public: needs no token" }).first().waitFor();
  });

  it("shows that every request of a suspended tenant is denied", async () => {
    const { page } = await open(sample(), "#matrix?tenant=initech");
    await page.getByText("suspended: every request is denied").waitFor();
    await cell(page, "admin, GET /documents: denied, tenant suspended").waitFor();
  });

  it("shows only the rows that match the filter, and reports when none does", async () => {
    const { page } = await open(sample(), "#matrix");
    const filter = page.getByRole("textbox", { name: "Filter routes" });
    await filter.fill("get DOCUMENTS.read");
    await page.getByRole("rowheader").nth(1).waitFor();
    expect(await page.getByRole("rowheader").allTextContents()).toEqual([
      "documents.read GET /documents",
      "documents.read GET /documents/{documentId}",
    ]);
    await filter.fill("nothing like it");
    await page.getByText("No route matches").waitFor();
  });

  it("reports that the tenant in the URL does not exist, and offers others", async () => {
    const { page } = await open(sample(), "#matrix?tenant=acmee");
    await page.getByText('dev has no tenant "acmee"').waitFor();
    await page.getByRole("combobox", { name: "Tenant" }).fill("glob");
    await page.getByRole("option", { name: "globex" }).click();
    await page.getByRole("heading", { name: "Matrix of globex" }).waitFor();
  });

  it("reports that the policy set in the URL does not exist", async () => {
    const { page } = await open(sample(), "#matrix?set=prod");
    await page.getByText('The policy set "prod" does not exist').waitFor();
    await page.getByRole("link", { name: "Show the default set" }).click();
    await page.getByRole("heading", { name: "Matrix of acme" }).waitFor();
  });

  it("shows errors of the files with their lines", async () => {
    const { page } = await open(sample({ "roles/viewer.yaml": "# who reads\nallow: [documents.raed]\n" }));
    await page.getByRole("heading", { name: "The policy files of dev have an error" }).waitFor();
    await page.getByText('did you mean "documents.read"').waitFor();
    await page.getByText("roles/viewer.yaml:2").waitFor();
    expect(await page.locator("mark").textContent()).toContain("allow: [documents.raed]");
  });
});

describe("a notice replaces the matrix for a folder", () => {
  const API = `openapi: 3.0.3
info: { title: Small, version: "1" }
x-portcullis: { backends: { docs: lambda } }
paths:
  /a:
    get: { x-portcullis: { backend: docs, permission: a.read } }
`;

  it("without a tenant", async () => {
    const { page } = await open(folderData({ "api.yaml": API, "roles/r.yaml": "allow: [a.read]\n" }));
    await page.getByText("The policy files have no tenant for dev").waitFor();
    await page.getByText("Add a file to tenants/").waitFor();
    expect(await page.getByRole("link", { name: "Show the default set" }).count()).toBe(0);
  });

  it("without a role", async () => {
    const { page } = await open(folderData({ "api.yaml": API, "tenants/t.yaml": "name: T\n" }));
    await page.getByText("The policy files have no role").waitFor();
  });

  it("without a guarded route", async () => {
    const api = API.replace("permission: a.read", "public: true");
    const { page } = await open(folderData({ "api.yaml": api, "tenants/t.yaml": "name: T\n" }));
    await page.getByText("No route is guarded").waitFor();
  });
});
