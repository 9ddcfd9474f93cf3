import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type BrowserContextOptions, chromium } from "playwright-core";
import { consoleData } from "../../console/data.ts";
import { folderFrom, sampleFiles } from "./support/policies.ts";
import { startStack } from "./support/running-stack.ts";
import { servePage } from "./support/serve-page.ts";

/**
 * Takes screenshots of each view (light, dark, narrow and wide), to be checked by eye:
 * `npx tsx tests/console/pictures.ts DIR`. If DIR is `docs/images`, it takes only those of the documents.
 */
const [folder = "/tmp/console-pictures"] = process.argv.slice(2);

const OTHER = "extends: [viewer]\nallow: [documents.write, comments.write, PUT /files/**, documents.purge]\n";
const WHY = "#matrix?tenant=globex&role=editor&route=POST+/documents";

const VIEWS: Readonly<Record<string, string>> = {
  matrix: "#matrix",
  why: WHY,
  "compared-tenants": "#matrix?tenant=globex&to=hooli",
  "compared-sets": "#matrix?tenant=globex&toSet=next",
  groups: "#groups",
};

const SCREENS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { viewport: { width: 1280, height: 800 } },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  narrow: { viewport: { width: 360, height: 740 } },
  wall: { viewport: { width: 2560, height: 1440 } },
};

const README_SCREENS: Readonly<Record<string, BrowserContextOptions>> = {
  why: { viewport: { width: 1280, height: 860 } },
  groups: { viewport: { width: 1280, height: 620 } },
};

const isReadme = folder === "docs/images";
const shots = isReadme
  ? Object.entries(README_SCREENS).map(([view, screen]) => ({ view, file: `console-${view}.png`, screen }))
  : Object.keys(VIEWS).flatMap((view) =>
      Object.entries(SCREENS).map(([name, screen]) => ({ view, file: `${view}-${name}.png`, screen })),
    );

const page = await (isReadme ? serveByStack() : serveAsFiles());
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
mkdirSync(folder, { recursive: true });
for (const { view, file, screen } of shots) {
  const tab = await browser.newPage(screen);
  await tab.goto(page.url + VIEWS[view]);
  await tab.getByRole("heading", { level: 2 }).first().waitFor();
  const path = join(folder, file);
  await tab.screenshot({ path, animations: "disabled", fullPage: screen.viewport?.width === 360 });
  process.stdout.write(`${path} ${statSync(path).size} bytes\n`);
  await tab.close();
}
await browser.close();
await page.close();

function serveAsFiles() {
  const next = sampleFiles({ "roles/editor.yaml": OTHER });
  return servePage(consoleData([folderFrom("dev", sampleFiles()), folderFrom("next", next)], false));
}

/** Serves the page from a running stack, so that the navigation has every view. */
async function serveByStack() {
  const { url, stop } = await startStack();
  return { url, close: stop };
}
