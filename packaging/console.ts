import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type BundledPackage, bundledPackages, readPackage } from "./bundled-packages.ts";
import { type ConsoleFile, consoleFile } from "./console-file.ts";
import { noticeFiles } from "./notices.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Returns the files of the console's page by path, without its data, `console/policies.json`. */
export async function consoleFiles(): Promise<ReadonlyMap<string, ConsoleFile>> {
  const { outputFiles, metafile } = await bundleConsole();
  const notices = noticeFiles(readPackage(ROOT), bundledPackages(metafile, ROOT));
  const bodies: readonly (readonly [name: string, body: Uint8Array])[] = [
    ...["index.html", "icon.svg"].map((name) => [name, readFileSync(`${ROOT}/console/${name}`)] as const),
    ...outputFiles.map(({ path, contents }) => [basename(path), contents] as const),
    ...Object.entries(notices),
  ];
  return new Map(bodies.map(([name, body]) => [name, consoleFile(name, body)]));
}

/** Bundles script and styles. */
export const bundleConsole = () =>
  build({
    absWorkingDir: ROOT,
    entryPoints: { console: "console/main.tsx", styles: "console/console.css" },
    outdir: "out",
    // Views that are loaded on demand become files of their own.
    splitting: true,
    chunkNames: "[name]-[hash]",
    entryNames: "console",
    bundle: true,
    minify: true,
    charset: "utf8",
    format: "esm",
    target: "es2022",
    // The classic transform, because a call of h is shorter than a call of the automatic runtime.
    jsx: "transform",
    jsxFactory: "h",
    jsxFragment: "Fragment",
    inject: ["console/jsx-names.ts"],
    // An installed package has no tsconfig.json in a parent folder.
    tsconfigRaw: "{}",
    legalComments: "none",
    write: false,
    metafile: true,
    logLevel: "error",
  });

/** Returns the packages with code in the page's script. */
export async function consolePackages(): Promise<BundledPackage[]> {
  const { metafile } = await bundleConsole();
  return bundledPackages(metafile, ROOT);
}
