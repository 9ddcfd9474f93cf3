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

const answer = (page: Page) => page.getByRole("article", { name: "Answer" });
const send = (page: Page) => page.getByRole("button", { name: "Send", exact: true }).click();
const place = (params: Record<string, string>) => `#try?${new URLSearchParams(params)}`;
const EDITOR = { tenant: "acme", roles: "editor", route: "GET /documents/{documentId}" };

describe("the view Try it", () => {
  it("sends a request as the caller that is chosen, and shows what backend and authorizer made of it", async () => {
    const { page, wrongs } = await live.open("#try");
    await page.getByLabel("Tenant").fill("acme");
    for (const role of await page.getByRole("group", { name: "Roles" }).getByRole("checkbox").all())
      await role.uncheck();
    await page.getByRole("checkbox", { name: "editor" }).check();
    await page.getByLabel("Subject").fill("ann");
    await page.getByLabel("Route").selectOption("PUT /documents/{documentId}");
    await page.getByLabel("documentId").fill("a b/c");
    await page.getByLabel("Body").fill('{"title":"x"}');
    await send(page);
    const text = await answer(page).innerText();
    for (const part of ["200", "allowed", "PUT /documents/a%20b%2Fc", "miss"]) expect(text).toContain(part);
    expect(text).toMatch(/asked, \d+ ms/);
    const caller = page.getByRole("table", { name: "The caller, as the backend saw it" });
    for (const [name, value] of Object.entries({ userId: "ann", tenantId: "acme", roles: "editor" }))
      await caller.getByRole("row", { name: `${name} ${value}` }).waitFor();
    await answer(page).getByText("Answer as it came").click();
    await answer(page).getByText('"body": "{\\"title\\":\\"x\\"}"').waitFor();
    expect(wrongs).toEqual([]);
  });

  it("tells a cached answer from one that the authorizer was asked for", async () => {
    const { page } = await live.open(place(EDITOR));
    await send(page);
    await answer(page).getByText("miss", { exact: true }).waitFor();
    await send(page);
    await answer(page).getByText("hit", { exact: true }).waitFor();
    await answer(page).getByText("from the cache").waitFor();
  });

  it("shows a refusal's reason, and leads to its why", async () => {
    const { page } = await live.open(place({ ...EDITOR, route: "DELETE /documents/{documentId}" }));
    await send(page);
    const text = await answer(page).innerText();
    for (const part of ["403", "denied", "route_not_granted"]) expect(text).toContain(part);
    await answer(page).getByRole("link", { name: "Why: editor, DELETE /documents/{documentId}" }).click();
    expect(new URL(page.url()).hash).toContain("tenant=acme&role=editor&route=DELETE");
  });

  it("sends a request without a token", async () => {
    const { page } = await live.open(place(EDITOR));
    await page.getByRole("checkbox", { name: "Send no token" }).check();
    await send(page);
    const text = await answer(page).innerText();
    for (const part of ["401", "unauthorized", "an identity source is missing"]) expect(text).toContain(part);
    expect(
      await page.getByRole("region", { name: "The same request for a shell" }).innerText(),
    ).not.toContain("Authorization");
  });

  it("says that a tenant is unknown, before and after it is tried", async () => {
    const { page } = await live.open(place(EDITOR));
    await page.getByLabel("Tenant").fill("nobody");
    await page.getByText("No file names this tenant").waitFor();
    await page.getByRole("checkbox", { name: "editor" }).check();
    await send(page);
    await answer(page).getByText("unknown_tenant", { exact: true }).waitFor();
  });

  it("says why the identity provider makes no token", async () => {
    const { page } = await live.open(place({ ...EDITOR, issuer: "nobody" }));
    await send(page);
    const alert = page.getByRole("alert").filter({ hasText: "The identity provider made no token" });
    await alert.getByText("There is no issuer nobody").waitFor();
  });

  it("does not send what a browser would change", async () => {
    const { page } = await live.open(place(EDITOR));
    await page.getByLabel("documentId").fill("..");
    await page.getByText("documentId: a browser takes . and .. out of a path").waitFor();
    expect(await page.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);
    await page.getByLabel("documentId").fill("");
    await page.getByText("documentId is empty").waitFor();
  });

  it("says that a route of the address is none, and sends no other in its place", async () => {
    const { page } = await live.open(place({ ...EDITOR, route: "GET /nowhere" }));
    await page.getByText("The API has no such route: choose another").waitFor();
    expect(await page.getByRole("button", { name: "Send", exact: true }).isDisabled()).toBe(true);
    await page.getByLabel("Route").selectOption("GET /documents");
    await send(page);
    await answer(page).getByText("allowed").waitFor();
  });

  it("brings the answer into sight where it stands below the form", async () => {
    const { page } = await live.open(place(EDITOR), { viewport: { width: 360, height: 740 } });
    await send(page);
    await answer(page).waitFor();
    const top = await answer(page).evaluate((element) => element.getBoundingClientRect().top);
    expect(top).toBeGreaterThanOrEqual(0);
    expect(top).toBeLessThan(370);
  });

  it("can be used by the keyboard alone", async () => {
    const { page } = await live.open(place(EDITOR));
    await page.getByLabel("documentId").focus();
    await page.keyboard.press("Enter");
    await answer(page).getByText("allowed").waitFor();
  });
});

describe("the token", () => {
  it("is neither shown, nor stored, nor in the address", async () => {
    const { page } = await live.open(place(EDITOR));
    const minted = page.waitForResponse((response) => response.url().endsWith("/token"));
    await send(page);
    await answer(page).waitFor();
    const { access_token: token } = (await (await minted).json()) as { access_token: string };
    const found = [
      await page.content(),
      page.url(),
      await page.evaluate<string>(
        "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])",
      ),
    ].join("\n");
    for (const part of token.split(".")) expect(found).not.toContain(part);
  });

  it("is made anew by the curl command that is copied, which asks for the same", async () => {
    const { page } = await live.open(place({ ...EDITOR, route: "DELETE /documents/{documentId}" }), {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await page.getByRole("button", { name: "Copy as curl" }).click();
    await page.getByText("Copied").waitFor();
    const command = await page.evaluate<string>("navigator.clipboard.readText()");
    expect(command).toMatch(/^curl -i -X DELETE -H "Authorization: Bearer \$\(npm .*token -- --port=/);
    const { stdout } = await run("bash", ["-c", command]);
    expect(stdout).toContain("HTTP/1.1 403");
    expect(stdout).toContain('"reason":"route_not_granted"');
  });

  it("of a caller whose names are shell code is no code in the curl command", async () => {
    const mark = `/tmp/portcullis-console-mark-${process.pid}`;
    const code = `a'; touch ${mark}; '$(touch ${mark})\`touch ${mark}\`"`;
    const params = { ...EDITOR, tenant: code, subject: code, roles: code, "p.documentId": code, query: code };
    const { page } = await live.open(place({ ...params, route: "PUT /documents/{documentId}" }));
    await page.getByLabel("Body").fill(code);
    const region = page.getByRole("region", { name: "The same request for a shell" });
    const { stdout } = await run("bash", ["-c", await region.locator("pre").innerText()]);
    expect(stdout).toMatch(/^HTTP\/1\.1 40[03]/);
    expect(existsSync(mark)).toBe(false);
  });
});

it("finds the decision of an HTTP API's request too", async () => {
  const stack = await startStack({}, ["--api-type", "http"]);
  try {
    const { page } = await live.open("#try");
    await page.goto(stack.url + place({ ...EDITOR, route: "DELETE /documents/{documentId}" }));
    await send(page);
    await answer(page).getByText("route_not_granted").waitFor();
    await answer(page)
      .getByText(/^asked, \d+ ms$/)
      .waitFor();
  } finally {
    await stack.stop();
  }
});

it("says that the stack is gone", async () => {
  const stack = await startStack();
  const { page } = await live.open("#try");
  await page.goto(stack.url + place(EDITOR));
  await page.getByRole("button", { name: "Send", exact: true }).waitFor();
  await stack.stop();
  await page.getByRole("status").filter({ hasText: "The stack does not answer" }).waitFor();
  await send(page);
  await page.getByRole("alert").filter({ hasText: "Nothing listens on" }).waitFor();
});

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  it("axe finds nothing, and nothing is wider than a narrow screen", async () => {
    const { page, wrongs } = await live.open(place(EDITOR), { colorScheme });
    expect(await accessibilityFaults(page)).toEqual([]);
    await send(page);
    await answer(page).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    expect(wrongs).toEqual([]);
  });
});
