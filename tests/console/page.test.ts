import type { Metafile } from "esbuild";
import { describe, expect, it } from "vitest";
import { VIEWS } from "../../console/views.ts";
import { bundleConsole } from "../../scripts/build/console.ts";
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
    await page.getByText("console/policies.json does not hold what npm run console writes").waitFor();
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
  it("that any one view needs has at most 100,000 bytes", async () => {
    const { metafile } = await bundleConsole();
    const views = Object.entries(metafile.outputs).filter(([, { entryPoint }]) =>
      entryPoint?.endsWith("-view.tsx"),
    );
    expect(views.length).toBe(VIEWS.length);
    for (const [path] of views) {
      const needed = [...withImports(metafile, ["out/console.js", path])];
      const bytes = needed.reduce((sum, name) => sum + (metafile.outputs[name]?.bytes ?? 0), 0);
      expect(bytes).toBeGreaterThan(10_000);
      expect(bytes).toBeLessThanOrEqual(100_000);
    }
  });

  it("has none of the readers of files", async () => {
    const { metafile } = await bundleConsole();
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.filter((path) => /node_modules\/(zod|yaml|ajv)/.test(path))).toEqual([]);
  });
});

/** Outputs, and those that they import before they run. */
function withImports({ outputs }: Metafile, paths: readonly string[]): ReadonlySet<string> {
  const found = new Set(paths);
  for (const path of found)
    for (const { path: imported, kind } of outputs[path]?.imports ?? [])
      if (kind === "import-statement") found.add(imported);
  return found;
}
