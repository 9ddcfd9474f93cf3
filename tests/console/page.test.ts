import { describe, expect, it } from "vitest";
import { bundleConsole } from "../../packaging/console.ts";
import { browserForTests } from "./support/open-page.ts";
import { sample } from "./support/policies.ts";

const open = browserForTests();

describe("the page", () => {
  it("sends requests only to its own origin, and obeys its Content-Security-Policy", async () => {
    const { page, violations } = await open(sample());
    await page.getByRole("heading", { name: "Matrix" }).waitFor();
    expect(violations).toEqual([]);
  });

  it("reports a failure to load the policies, and loads them again on request", async () => {
    const { page, respondWith } = await open({ status: 503, text: "starting" });
    await page.getByText("console/policies.json returned status 503").waitFor();
    respondWith(sample());
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "Matrix" }).waitFor();
  });

  it("reports a response that is not the policies", async () => {
    const { page } = await open({ status: 200, text: "<html>a host that answers everything</html>" });
    await page.getByText("console/policies.json is not a file that npx portcullis console writes").waitFor();
  });

  it("is larger on a wall screen", async () => {
    const heightAt = async (width: number) => {
      const { page } = await open(sample(), "", { viewport: { width, height: width / 2 } });
      return (await page.getByRole("heading", { name: "Matrix" }).boundingBox())?.height ?? 0;
    };
    expect(await heightAt(3840)).toBeGreaterThan(1.4 * (await heightAt(1920)));
  });

  it("links from a view that does not exist to the matrix", async () => {
    const { page } = await open(sample(), "#nowhere");
    await page.getByRole("alert").getByRole("link", { name: "Go to the matrix" }).click();
    await page.getByRole("heading", { name: "Matrix" }).waitFor();
  });
});

describe("the script", () => {
  it("has at most 100,000 bytes for the first view, and 200,000 in total", async () => {
    const { outputs } = (await bundleConsole()).metafile;
    const scripts = Object.keys(outputs).filter((path) => path.endsWith(".js"));
    const first = new Set(["out/console.js"]);
    for (const path of first)
      for (const { path: imported, kind } of outputs[path]?.imports ?? [])
        if (kind === "import-statement") first.add(imported);
    const bytes = (paths: Iterable<string>) =>
      [...paths].reduce((sum, path) => sum + (outputs[path]?.bytes ?? Number.NaN), 0);
    expect(bytes(first)).toBeGreaterThan(50_000);
    expect(bytes(first)).toBeLessThanOrEqual(100_000);
    expect(scripts.length).toBeGreaterThan(first.size);
    expect(bytes(scripts)).toBeLessThanOrEqual(200_000);
  });

  it("does not contain the parsers of policy files", async () => {
    const { metafile } = await bundleConsole();
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.filter((path) => /node_modules\/(zod|yaml|ajv)/.test(path))).toEqual([]);
  });
});
