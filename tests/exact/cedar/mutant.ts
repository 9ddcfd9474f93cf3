import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import type { SourceMutation } from "./mutations.ts";
import type { createDecide } from "./product-engine.ts";

const CORE = fileURLToPath(new URL("../../../core/", import.meta.url));
const ENGINE = fileURLToPath(new URL("product-engine.ts", import.meta.url));

/**
 * Bundles the product's engine with one source file changed, and imports the bundle. Modules of this process stay as
 * they are.
 *
 * @throws Error if the file does not have the text exactly once
 */
export async function importMutant(mutation: SourceMutation, folder: string): Promise<typeof createDecide> {
  const outfile = join(folder, `${mutation.name.replace(/\W+/g, "-")}.mjs`);
  const { outputFiles } = await build({
    entryPoints: [ENGINE],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    plugins: [packagesByUrl, mutate(mutation)],
  });
  writeFileSync(outfile, outputFiles[0]?.contents ?? "");
  const module = (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as {
    createDecide: typeof createDecide;
  };
  return module.createDecide;
}

/** Leaves packages where they are: the bundle is in another folder. */
const packagesByUrl: Plugin = {
  name: "packages-by-url",
  setup({ onResolve }) {
    onResolve({ filter: /^[a-z@]/ }, ({ path }) => ({ path: import.meta.resolve(path), external: true }));
  },
};

const mutate = ({ file, text, replacement }: SourceMutation): Plugin => ({
  name: "mutate",
  setup({ onLoad }) {
    const path = join(CORE, file);
    onLoad({ filter: /\.ts$/ }, (args) => {
      if (args.path !== path) return undefined;
      const parts = readFileSync(path, "utf8").split(text);
      if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${text}`);
      return { contents: parts.join(replacement), loader: "ts" };
    });
  },
});
