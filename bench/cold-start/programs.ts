import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { unzipSync } from "fflate";
import type { LayoutData } from "../../core/model/layout.ts";
import { authorizerZip } from "../../packaging/bundle.ts";

/** An authorizer's code on disk. */
export interface Program {
  readonly path: string;
  readonly kilobytes: number;
}

export interface Programs {
  readonly ours: Program;
  readonly floor: Program;
  readonly byTheBook: Program;
  readonly awsJwtVerify: Program;
  remove(): void;
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Esbuild as it is, for Node and minified. */
const PLAIN: BuildOptions = { bundle: true, platform: "node", target: "node20", minify: true };
/** An ES module, as AWS's guides write it: the SDK's CommonJS then needs a `require`. */
const MODULE: BuildOptions = {
  format: "esm",
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
};

/** What is started: our bundle out of the very zip that Terraform uploads, and what it is set beside. */
export async function makePrograms(layouts: Readonly<Record<string, LayoutData>>): Promise<Programs> {
  const folder = mkdtempSync(join(tmpdir(), "cold-start-"));
  const bundled = async (entry: string, outfile: string, options: BuildOptions = {}): Promise<Program> => {
    await build({ ...PLAIN, ...options, entryPoints: [here(entry)], outfile: join(folder, outfile) });
    return program(join(folder, outfile));
  };
  for (const [name, bytes] of Object.entries(unzipSync(await authorizerZip(layouts))))
    writeFileSync(join(folder, name), bytes);
  return {
    ours: program(join(folder, "index.js")),
    floor: await bundled("floor.ts", "floor.js"),
    byTheBook: await bundled("by-the-book.ts", "by-the-book.mjs", MODULE),
    awsJwtVerify: await bundled("../peers/cold-aws-jwt-verify.ts", "aws-jwt-verify.js"),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

const program = (path: string): Program => ({ path, kilobytes: Math.round(statSync(path).size / 1_000) });
