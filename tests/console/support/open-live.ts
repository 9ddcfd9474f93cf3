import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, inject } from "vitest";
import { watchViolations } from "./open-page.ts";
import { type RunningStack, startStack } from "./running-stack.ts";

export interface LivePage {
  readonly page: Page;
  /** Requests to other origins, violations of the Content-Security-Policy, and errors of the script. */
  readonly violations: readonly string[];
}

export interface Live {
  readonly stack: RunningStack;
  /** Opens the running stack's page at a location such as `#live`. */
  open(hash: string, options?: BrowserContextOptions & { readonly clock?: boolean }): Promise<LivePage>;
}

/** Starts one stack for a test file, and opens its pages. `flags` are those of `npx portcullis start`. */
export function liveForTests(
  changes: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Live {
  let browser: Browser;
  let running: RunningStack;
  beforeAll(async () => {
    [browser, running] = await Promise.all([chromium.connect(inject("browser")), startStack(changes, flags)]);
  });
  afterAll(async () => {
    await browser.close();
    await running.stop();
  });
  return {
    get stack() {
      return running;
    },
    async open(hash, { clock = false, ...options } = {}) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
      // How long a condition may take on a loaded machine; no test waits for it without need.
      page.setDefaultTimeout(60_000);
      if (clock) await page.clock.install();
      const violations = watchViolations(page, running.origin);
      await page.goto(running.url + hash);
      return { page, violations };
    },
  };
}
