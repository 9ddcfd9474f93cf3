import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { type BundledPackage, bundledPackages } from "../../packaging/bundled-packages.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Nothing is written there. */
const OUT = join(ROOT, "dist");

/** Replaces what is made from sources by what `dist/` has. */
const packedOutputs: Plugin = {
  name: "packed outputs",
  setup({ onResolve }) {
    onResolve({ filter: /\/outputs\.ts$/ }, ({ path, resolveDir }) =>
      resolve(resolveDir, path) === join(ROOT, "packaging/outputs.ts")
        ? { path: join(ROOT, "packaging/packed-outputs.ts") }
        : undefined,
    );
  },
};

/** Completes the paths from which dynalite loads its actions, because a bundle has no search for extensions. */
const wholePaths: Plugin = {
  name: "whole paths",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]dynalite[\\/]index\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replaceAll(
        /require\('(\.\/\w+\/)' \+ action\)/g,
        "require('$1' + action + '.js')",
      ),
    }));
  },
};

/** Leaves out the store on disk, native code that the table in memory never opens. */
const memoryOnly: Plugin = {
  name: "memory only",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^classic-level$/ }, ({ path }) => ({ path, namespace: "memory-only" }));
    onLoad({ filter: /./, namespace: "memory-only" }, () => ({
      contents: "exports.ClassicLevel = undefined;",
    }));
  },
};

const OPTIONS = {
  absWorkingDir: ROOT,
  outdir: OUT,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  mainFields: ["module", "main"],
  // Names stay, because messages and traces have them.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  tsconfigRaw: "{}",
  plugins: [packedOutputs, wholePaths, memoryOnly],
  write: false,
  metafile: true,
  logLevel: "error",
} as const satisfies BuildOptions;

/** The command. A verb's files, and the SDK's clients that it needs, are loaded on demand. */
const COMMAND = {
  ...OPTIONS,
  entryPoints: { portcullis: "cli/portcullis.ts" },
  splitting: true,
  chunkNames: "[name]-[hash]",
  // Some packages are CommonJS and load Node's modules.
  banner: {
    js: 'import{createRequire as portcullisRequire}from"node:module";const require=portcullisRequire(import.meta.url);',
  },
} as const;

/** The library of tenants. Its users have the SDK's client themselves, because they pass one in. */
const TABLE: typeof OPTIONS & BuildOptions = {
  ...OPTIONS,
  entryPoints: { table: "runtime/table/tenant-store.ts" },
  external: ["@aws-sdk/client-dynamodb"],
  // For Node the package yaml is CommonJS, which needs `require`. Its build for browsers is an ES module.
  alias: { yaml: join(ROOT, "node_modules/yaml/browser/index.js") },
};

/** Bundles the command and the library of tenants. Returns the files by path, and the packages with code in them. */
export async function bundleCommand(): Promise<{
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly packages: readonly BundledPackage[];
}> {
  const built = [await build(COMMAND), await build(TABLE)];
  const outputFiles = built.flatMap((result) => result.outputFiles);
  const packages = built.flatMap(({ metafile }) => bundledPackages(metafile, ROOT));
  return {
    files: new Map(outputFiles.map(({ path, contents }) => [relative(OUT, path), contents])),
    packages: [...new Map(packages.map((one) => [`${one.name} ${one.version}`, one])).values()],
  };
}
