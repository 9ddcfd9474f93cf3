import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { liveForTests } from "./support/open-live.ts";
import { accessibilityFaults } from "./support/open-page.ts";
import { startStack } from "./support/running-stack.ts";

const run = promisify(execFile);
const live = liveForTests();

const response = (page: Page) => page.getByRole("article", { name: "Response" });
const send = (page: Page) => page.getByRole("button", { name: "Send", exact: true }).click();
const tryItHash = (params: Record<string, string>) => `#try?${new URLSearchParams(params)}`;
const EDITOR = { tenant: "acme", roles: "editor", route: "GET /documents/{documentId}" };

describe("the view Try it", () => {
  it("opens on a caller and a request that are allowed", async () => {
    const { page } = await live.open("#try");
    await send(page);
    await response(page).getByText("200", { exact: true }).waitFor();
    await response(page).getByText("allowed", { exact: true }).waitFor();
  });

  it("sends a request as the chosen caller, and shows the response and the decision", async () => {
    const { page, violations } = await live.open("#try");
    await page.getByLabel("Tenant").fill("acme");
    for (const role of await page.getByRole("group", { name: "Roles" }).getByRole("checkbox").all())
      await role.uncheck();
    await page.getByRole("checkbox", { name: "editor" }).check();
    await page.getByLabel("Subject").fill("ann");
    await page.getByLabel("Route").selectOption("PUT /documents/{documentId}");
    await page.getByLabel("documentId").fill("a b/c");
    await page.getByLabel("Body").fill('{"title":"x"}');
    await send(page);
    const text = await response(page).innerText();
    for (const part of ["200", "allowed", "PUT /documents/a%20b%2Fc", "miss"]) expect(text).toContain(part);
    expect(text).toMatch(/called, \d+ ms/);
    const caller = page.getByRole("table", { name: "The caller that the backend received" });
    for (const [name, value] of Object.entries({ userId: "ann", tenantId: "acme", roles: "editor" }))
      await caller.getByRole("row", { name: `${name} ${value}` }).waitFor();
    await response(page).getByText("Response body").click();
    await response(page).getByText('"body": "{\\"title\\":\\"x\\"}"').waitFor();
    expect(violations).toEqual([]);
  });

  it("distinguishes a cached response from one for which the authorizer was called", async () => {
    const { page } = await live.open(tryItHash(EDITOR));
    await send(page);
    await response(page).getByText("miss", { exact: true }).waitFor();
    await send(page);
    await response(page).getByText("hit", { exact: true }).waitFor();
    await response(page).getByText("from the cache").waitFor();
  });

  it("shows the reason of a denial, and links to its Why", async () => {
    const { page } = await live.open(tryItHash({ ...EDITOR, route: "DELETE /documents/{documentId}" }));
    await send(page);
    const text = await response(page).innerText();
    for (const part of ["403", "denied", "route_not_granted"]) expect(text).toContain(part);
    await response(page).getByRole("link", { name: "Why: editor, DELETE /documents/{documentId}" }).click();
    expect(new URL(page.url()).hash).toContain("tenant=acme&role=editor&route=DELETE");
  });

  it("sends a request without a token", async () => {
    const { page } = await live.open(tryItHash(EDITOR));
    await page.getByRole("checkbox", { name: "Send no token" }).check();
    await send(page);
    const text = await response(page).innerText();
    for (const part of ["401", "unauthorized", "an identity source is missing"]) expect(text).toContain(part);
    expect(
      await page.getByRole("region", { name: "The request as a curl command" }).innerText(),
    ).not.toContain("Authorization");
  });

  it("reports an unknown tenant, before and after the request", async () => {
    const { page } = await live.open(tryItHash(EDITOR));
    await page.getByLabel("Tenant").fill("nobody");
    await page.getByText("Neither the policy files nor the table have this tenant").waitFor();
    await page.getByRole("checkbox", { name: "editor" }).check();
    await send(page);
    await response(page).getByText("unknown_tenant", { exact: true }).waitFor();
  });

  it("reports why the identity provider issues no token", async () => {
    const { page } = await live.open(tryItHash({ ...EDITOR, issuer: "nobody" }));
    await send(page);
    const alert = page.getByRole("alert").filter({ hasText: "The identity provider issued no token" });
    await alert.getByText("There is no issuer nobody").waitFor();
  });

  it("does not send a path that the browser would change", async () => {
    const { page } = await live.open(tryItHash(EDITOR));
    await page.getByLabel("documentId").fill("..");
    await page.getByText("documentId cannot be . or .., because browsers remove these from a path").waitFor();
    expect(await page.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);
    await page.getByLabel("documentId").fill("");
    await page.getByText("documentId is empty").waitFor();
  });

  it("reports that the route in the URL does not exist, and sends no other instead", async () => {
    const { page } = await live.open(tryItHash({ ...EDITOR, route: "GET /nowhere" }));
    await page.getByText("The API does not have this route: choose another one").waitFor();
    expect(await page.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);
    await page.getByLabel("Route").selectOption("GET /documents");
    await send(page);
    await response(page).getByText("allowed").waitFor();
  });

  it("scrolls to the response if it is below the form", async () => {
    const { page } = await live.open(tryItHash(EDITOR), { viewport: { width: 360, height: 740 } });
    await send(page);
    await response(page).waitFor();
    const top = await response(page).evaluate((element) => element.getBoundingClientRect().top);
    expect(top).toBeGreaterThanOrEqual(0);
    expect(top).toBeLessThan(370);
  });

  it("can be used with the keyboard alone", async () => {
    const { page } = await live.open(tryItHash(EDITOR));
    await page.getByLabel("documentId").focus();
    await page.keyboard.press("Enter");
    await response(page).getByText("allowed").waitFor();
  });
});

describe("the token", () => {
  it("is not shown, not stored and not in the URL", async () => {
    const { page } = await live.open(tryItHash(EDITOR));
    const issued = page.waitForResponse((candidate) => candidate.url().endsWith("/token"));
    await send(page);
    await response(page).waitFor();
    const { access_token: token } = (await (await issued).json()) as { access_token: string };
    const found = [
      await page.content(),
      page.url(),
      await page.evaluate<string>(
        "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])",
      ),
    ].join("\n");
    for (const part of token.split(".")) expect(found).not.toContain(part);
  });

  it("is issued again by the copied curl command, which sends the same request", async () => {
    const { page } = await live.open(tryItHash({ ...EDITOR, route: "DELETE /documents/{documentId}" }), {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await page.getByRole("button", { name: "Copy as curl" }).click();
    await page.getByText("Copied").waitFor();
    const command = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(command).toMatch(
      /^curl -i -X DELETE -H "Authorization: Bearer \$\(npx .*portcullis token --port=/,
    );
    const { stdout } = await run("bash", ["-c", command]);
    expect(stdout).toContain("HTTP/1.1 403");
    expect(stdout).toContain('"reason":"route_not_granted"');
  });

  it("of a caller with shell code in its names does not run the code in the curl command", async () => {
    const mark = `/tmp/portcullis-console-mark-${process.pid}`;
    const code = `a'; touch ${mark}; '$(touch ${mark})\`touch ${mark}\`"`;
    const params = { ...EDITOR, tenant: code, subject: code, roles: code, "p.documentId": code, query: code };
    const { page } = await live.open(tryItHash({ ...params, route: "PUT /documents/{documentId}" }));
    await page.getByLabel("Body").fill(code);
    const region = page.getByRole("region", { name: "The request as a curl command" });
    const { stdout } = await run("bash", ["-c", await region.locator("pre").innerText()]);
    expect(stdout).toMatch(/^HTTP\/1\.1 40[03]/);
    expect(existsSync(mark)).toBe(false);
  });
});

it("finds the decision of an HTTP API's request too", async () => {
  const stack = await startStack({}, ["--api-type", "http"]);
  try {
    const { page } = await live.open("#try");
    await page.goto(stack.url + tryItHash({ ...EDITOR, route: "DELETE /documents/{documentId}" }));
    await send(page);
    await response(page).getByText("route_not_granted").waitFor();
    await response(page)
      .getByText(/^called, \d+ ms$/)
      .waitFor();
  } finally {
    await stack.stop();
  }
});

it("reports that the stack has stopped", async () => {
  const stack = await startStack();
  const { page } = await live.open("#try");
  await page.goto(stack.url + tryItHash(EDITOR));
  await page.getByRole("button", { name: "Send", exact: true }).waitFor();
  await stack.stop();
  await page.getByRole("status").filter({ hasText: "The stack does not respond" }).waitFor();
  await send(page);
  await page.getByRole("alert").filter({ hasText: "Nothing listens on" }).waitFor();
});

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  it("axe finds no fault, and nothing is wider than a narrow screen", async () => {
    const { page, violations } = await live.open(tryItHash(EDITOR), { colorScheme });
    expect(await accessibilityFaults(page)).toEqual([]);
    await send(page);
    await response(page).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    expect(violations).toEqual([]);
  });
});
