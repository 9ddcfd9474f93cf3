import { describe, expect, it } from "vitest";
import { browserForTests, cell } from "./support/open-page.ts";
import { folderData, sample } from "./support/policies.ts";

const open = browserForTests();

describe("the matrix", () => {
  it("names each kind of access for who does not see its sign", async () => {
    const { page } = await open(sample(), "#matrix?tenant=acme");
    await page.getByRole("heading", { name: "Matrix of acme" }).waitFor();
    await cell(page, "viewer, GET /documents: allowed").waitFor();
    await cell(page, "viewer, PATCH /users/{userId}: bound to the caller, userId=subject").waitFor();
    await cell(page, "viewer, POST /documents: refused").waitFor();
    await page.goto(page.url().replace("acme", "hooli"));
    await cell(page, "viewer, GET /files/{proxy+}: above the plan").waitFor();
    await page.goto(page.url().replace("hooli", "globex"));
    await cell(page, "admin, DELETE /documents/{documentId}: by scope, with scope docs:write").waitFor();
  });

  it("shows the whole of a long role's name, and a name that runs from the right as it is", async () => {
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
    const told = page.getByText("plan enterprise");
    const [name, plan] = await Promise.all([page.getByText("שלום").boundingBox(), told.boundingBox()]);
    expect(plan?.x).toBeGreaterThan((name?.x ?? 0) + (name?.width ?? 0));
  });

  it("groups routes by permission, and has those that nothing guards last", async () => {
    const { page } = await open(sample(), "#matrix");
    const headers = await page.getByRole("rowheader").allTextContents();
    expect(headers.slice(0, 2)).toEqual([
      "comments.moderate DELETE /documents/{documentId}/comments/{commentId}",
      "comments.read GET /documents/{documentId}/comments",
    ]);
    expect(headers.at(-1)).toBe("not guarded here GET /health");
    await page.getByRole("gridcell", { name: "public: no token is asked for" }).waitFor();
  });

  it("says of a suspended tenant that all is refused", async () => {
    const { page } = await open(sample(), "#matrix?tenant=initech");
    await page.getByText("suspended: every request is refused").waitFor();
    await cell(page, "admin, GET /documents: refused, tenant suspended").waitFor();
  });

  it("keeps the rows that have what is typed, and says when none is left", async () => {
    const { page } = await open(sample(), "#matrix");
    const filter = page.getByRole("textbox", { name: "Routes or permissions that have" });
    await filter.fill("get DOCUMENTS.read");
    await page.getByRole("rowheader").nth(1).waitFor();
    expect(await page.getByRole("rowheader").allTextContents()).toEqual([
      "documents.read GET /documents",
      "documents.read GET /documents/{documentId}",
    ]);
    await filter.fill("nothing like it");
    await page.getByText("No route is left").waitFor();
  });

  it("says that a tenant of the address is none, and lets another be chosen", async () => {
    const { page } = await open(sample(), "#matrix?tenant=acmee");
    await page.getByText('There is no tenant "acmee" in dev').waitFor();
    await page.getByRole("combobox", { name: "Tenant" }).fill("glob");
    await page.getByRole("option", { name: "globex" }).click();
    await page.getByRole("heading", { name: "Matrix of globex" }).waitFor();
  });

  it("says that a policy set of the address is none", async () => {
    const { page } = await open(sample(), "#matrix?set=prod");
    await page.getByText('There is no policy set "prod"').waitFor();
    await page.getByRole("link", { name: "Show what there is" }).click();
    await page.getByRole("heading", { name: "Matrix of acme" }).waitFor();
  });

  it("shows errors of the files with the line that has them", async () => {
    const { page } = await open(sample({ "roles/viewer.yaml": "# who reads\nallow: [documents.raed]\n" }));
    await page.getByRole("heading", { name: "The policy files of dev have an error" }).waitFor();
    await page.getByText('did you mean "documents.read"').waitFor();
    await page.getByText("roles/viewer.yaml:2").waitFor();
    expect(await page.locator("mark").textContent()).toContain("allow: [documents.raed]");
  });
});

describe("folders with little in them", () => {
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
    await page.getByText("A tenant is a file in tenants/").waitFor();
    expect(await page.getByRole("link", { name: "Show what there is" }).count()).toBe(0);
  });

  it("without a role", async () => {
    const { page } = await open(folderData({ "api.yaml": API, "tenants/t.yaml": "name: T\n" }));
    await page.getByText("There is no role").waitFor();
  });

  it("without a guarded route", async () => {
    const api = API.replace("permission: a.read", "public: true");
    const { page } = await open(folderData({ "api.yaml": api, "tenants/t.yaml": "name: T\n" }));
    await page.getByText("No route is guarded").waitFor();
  });
});
