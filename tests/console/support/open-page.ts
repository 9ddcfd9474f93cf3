import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject } from "vitest";
import { type DataResponse, type ServedPage, servePage } from "./serve-page.ts";

/** A page in the browser, with its violations. */
export interface OpenPage extends ServedPage {
  readonly page: Page;
  /** Requests to other origins, violations of the Content-Security-Policy, and errors of the script. */
  readonly violations: readonly string[];
}

type Options = Pick<BrowserContextOptions, "colorScheme" | "viewport" | "reducedMotion">;

/** Opens pages in the shared browser, and closes them after the test file. */
export function browserForTests(): (
  data: DataResponse,
  hash?: string,
  options?: Options,
) => Promise<OpenPage> {
  let browser: Browser | undefined;
  const served: ServedPage[] = [];
  beforeAll(async () => {
    browser = await chromium.connect(inject("browser"));
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all(served.map((page) => page.close()));
  });
  return async (data, hash = "", options = {}) => {
    if (browser === undefined) throw new Error("The browser starts in beforeAll: open pages only in tests");
    const server = await servePage(data);
    served.push(server);
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
    const violations = watchViolations(page, new URL(server.url).origin);
    page.setDefaultTimeout(60_000);
    await page.goto(`${server.url}${hash}`);
    await page.getByText(/^Loading the (policies|view)…$/).waitFor({ state: "hidden" });
    return { ...server, page, violations };
  };
}

/** Collects a page's violations as they occur. */
export function watchViolations(page: Page, origin: string): string[] {
  const violations: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) violations.push(`a request to ${request.url()}`);
  });
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) violations.push(message.text());
  });
  page.on("pageerror", (error) => violations.push(String(error)));
  return violations;
}

/** Returns the faults that axe finds. It runs by the debugging protocol, because the page's policy blocks scripts. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate("axe.run()")) as axe.AxeResults;
  expect(found.passes.length).toBeGreaterThan(0);
  return found.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`,
  );
}

/** Locates a cell of the matrix by its complete label. */
export const cell = (page: Page, name: string | RegExp): Locator =>
  page.getByRole("gridcell", { name, exact: true });
