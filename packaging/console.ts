import { readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type BundledPackage, bundledPackages, readPackage } from "./bundled-packages.ts";
import { licenceNotices } from "./licence-notices.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A file of the page. */
export interface ConsoleFile {
  readonly type: string;
  readonly body: Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

/** The page's files by their path below it. Its data, `console/policies.json`, is not among them. */
export async function consoleFiles(): Promise<ReadonlyMap<string, ConsoleFile>> {
  const { outputFiles, metafile } = await bundleConsole();
  const notices = licenceNotices([readPackage(ROOT), ...bundledPackages(metafile, ROOT)]);
  const bodies: readonly (readonly [name: string, body: Uint8Array])[] = [
    ...["index.html", "icon.svg"].map((name) => [name, readFileSync(`${ROOT}/console/${name}`)] as const),
    ...outputFiles.map(({ path, contents }) => [basename(path), contents] as const),
    ["licences.txt", new TextEncoder().encode(notices)],
  ];
  return new Map(bodies.map(([name, body]) => [name, { type: TYPES[extname(name)] ?? "", body }]));
}

/** Script and styles, and what went into them. */
export const bundleConsole = () =>
  build({
    absWorkingDir: ROOT,
    entryPoints: { console: "console/main.tsx", styles: "console/console.css" },
    outdir: "out",
    entryNames: "console",
    bundle: true,
    minify: true,
    charset: "utf8",
    format: "esm",
    target: "es2022",
    // The classic way: a call of h is shorter than one of the automatic runtime's.
    jsx: "transform",
    jsxFactory: "h",
    jsxFragment: "Fragment",
    inject: ["console/short-names.ts"],
    define: {
      undefined: "shortUndefined",
      "Object.entries": "shortEntries",
      "Object.fromEntries": "shortFromEntries",
      "JSON.stringify": "shortStringify",
    },
    // An installed package has no tsconfig.json above it.
    tsconfigRaw: "{}",
    legalComments: "none",
    write: false,
    metafile: true,
    logLevel: "error",
  });

/** The packages that the page's script holds. */
export async function consolePackages(): Promise<BundledPackage[]> {
  const { metafile } = await bundleConsole();
  return bundledPackages(metafile, ROOT);
}
