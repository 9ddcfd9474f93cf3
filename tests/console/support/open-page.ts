import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject } from "vitest";
import { type Answer, type ServedPage, servePage } from "./serve-page.ts";

/** A page in the browser, with what it did that it may not. */
export interface OpenPage extends ServedPage {
  readonly page: Page;
  /** Requests to elsewhere, breaches of the Content-Security-Policy, and errors of the script. */
  readonly wrongs: readonly string[];
}

type Options = Pick<BrowserContextOptions, "colorScheme" | "viewport" | "reducedMotion">;

/** Opens pages in the one browser, and closes what a file of tests opened. */
export function browserForTests(): (answer: Answer, hash?: string, options?: Options) => Promise<OpenPage> {
  let browser: Browser | undefined;
  const served: ServedPage[] = [];
  beforeAll(async () => {
    browser = await chromium.connect(inject("browser"));
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all(served.map((page) => page.close()));
  });
  return async (answer, hash = "", options = {}) => {
    if (browser === undefined) throw new Error("There is no browser before the tests run");
    const server = await servePage(answer);
    served.push(server);
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options });
    const wrongs = watch(page, new URL(server.url).origin);
    page.setDefaultTimeout(15_000);
    await page.goto(`${server.url}${hash}`);
    await page.getByText(/^Loading the (policies|view)…$/).waitFor({ state: "hidden" });
    return { ...server, page, wrongs };
  };
}

/** What a page does that it may not, as it does it. */
export function watch(page: Page, origin: string): string[] {
  const wrongs: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) wrongs.push(`a request to ${request.url()}`);
  });
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) wrongs.push(message.text());
  });
  page.on("pageerror", (error) => wrongs.push(String(error)));
  return wrongs;
}

/** What axe finds wrong with what is shown, by the debugging protocol: the page's policy lets no other script in. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate("axe.run()")) as axe.AxeResults;
  expect(found.passes.length).toBeGreaterThan(0);
  return found.violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`,
  );
}

/** A cell of the matrix by its whole name. */
export const cell = (page: Page, name: string): Locator => page.getByRole("gridcell", { name, exact: true });
