import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { startStack } from "./support/running-stack.ts";

/**
 * Takes screenshots of each view that needs a running stack (light, dark, narrow and wide), to be checked by eye:
 * `npx tsx tests/console/live-pictures.ts DIR`.
 */
const [folder = "/tmp/console-pictures"] = process.argv.slice(2);

const SCREENS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { viewport: { width: 1280, height: 900 } },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  narrow: { viewport: { width: 360, height: 740 } },
  wall: { viewport: { width: 2560, height: 1440 } },
};

const send = async (page: Page): Promise<void> => {
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("article", { name: "Response" }).waitFor();
};
const tableShown = (page: Page): Promise<void> => page.getByRole("table").waitFor();

const CALLER = "#try?tenant=acme&roles=editor&route=";
const VIEWS: readonly (readonly [name: string, hash: string, ready: (page: Page) => Promise<void>])[] = [
  ["try", `${CALLER}GET+/documents/{documentId}`, send],
  ["try-denied", `${CALLER}DELETE+/documents/{documentId}`, send],
  ["live", "#live", tableShown],
];

const stack = await startStack();
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const editor = { tenant: "acme", roles: ["editor"] };
for (const id of [1, 2, 3, 4, 5, 6]) {
  await stack.send("GET", `/documents/${id}`, editor);
  await stack.send("DELETE", `/documents/${id}`, { tenant: "globex", roles: ["editor", "viewer"] });
  await stack.send("GET", "/documents", { tenant: "initech", roles: ["viewer"] });
  await stack.send("GET", "/documents");
}
await makeChange();

mkdirSync(folder, { recursive: true });
for (const [name, hash, ready] of VIEWS)
  for (const [screen, options] of Object.entries(SCREENS)) {
    const page = await browser.newPage(options);
    await page.goto(stack.url + hash);
    await ready(page);
    const path = join(folder, `${name}-${screen}.png`);
    await page.screenshot({ path, animations: "disabled", fullPage: screen === "narrow" });
    process.stdout.write(`${path}\n`);
    await page.close();
  }
await browser.close();
await stack.stop();

/** Edits a role so that it gains and loses access, and the picture shows a change. */
async function makeChange(): Promise<void> {
  const page = await browser.newPage();
  await page.goto(`${stack.url}#live`);
  stack.write(
    "roles/editor.yaml",
    "extends: [viewer]\nallow: [documents.write, documents.create, comments.write, invoices.read]\n",
  );
  await page.getByRole("heading", { name: /^Gained/ }).waitFor();
  await page.close();
}
