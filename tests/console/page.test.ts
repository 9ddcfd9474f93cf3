import { describe, expect, it } from "vitest";
import { bundleConsole, consoleFiles } from "../../packaging/console.ts";
import { browserForTests } from "./support/open-page.ts";
import { sample } from "./support/policies.ts";

const open = browserForTests();

describe("the page", () => {
  it("asks nobody but its own origin, and keeps its policy", async () => {
    const { page, wrongs } = await open(sample());
    await page.getByRole("heading", { name: "Matrix" }).waitFor();
    expect(wrongs).toEqual([]);
  });

  it("says what came in place of the policies, and tries again when asked", async () => {
    const { page, answer } = await open({ status: 503, text: "starting" });
    await page.getByText("console/policies.json was answered with 503").waitFor();
    answer(sample());
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "Matrix" }).waitFor();
  });

  it("says that what came is no policies", async () => {
    const { page } = await open({ status: 200, text: "<html>a host that answers everything</html>" });
    await page.getByText("console/policies.json does not hold what npx portcullis console writes").waitFor();
  });

  it("is larger on a wall screen", async () => {
    const heightAt = async (width: number) => {
      const { page } = await open(sample(), "", { viewport: { width, height: width / 2 } });
      return (await page.getByRole("heading", { name: "Matrix" }).boundingBox())?.height ?? 0;
    };
    expect(await heightAt(3840)).toBeGreaterThan(1.4 * (await heightAt(1920)));
  });

  it("takes the way back from a view that there is not", async () => {
    const { page } = await open(sample(), "#nowhere");
    await page.getByRole("alert").getByRole("link", { name: "To the matrix" }).click();
    await page.getByRole("heading", { name: "Matrix" }).waitFor();
  });
});

describe("the script", () => {
  it("has at most 100,000 bytes, all of it", async () => {
    const scripts = [...(await consoleFiles())].filter(([name]) => name.endsWith(".js"));
    const bytes = scripts.reduce((sum, [, { body }]) => sum + body.length, 0);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThanOrEqual(100_000);
  });

  it("has none of the readers of files", async () => {
    const { metafile } = await bundleConsole();
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.filter((path) => /node_modules\/(zod|yaml|ajv)/.test(path))).toEqual([]);
  });
});
