import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { unzipSync } from "fflate";
import type { LayoutData } from "../../core/model/layout.ts";
import { authorizerZip } from "../../packaging/bundle.ts";

/** An authorizer's bundle on disk. */
export interface Program {
  readonly path: string;
  readonly kilobytes: number;
}

export interface Programs {
  readonly ours: Program;
  readonly floor: Program;
  readonly asDocumented: Program;
  readonly awsJwtVerify: Program;
  remove(): void;
}

const resolvePath = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** esbuild's defaults, for Node and minified. */
const PLAIN: BuildOptions = { bundle: true, platform: "node", target: "node20", minify: true };
/** An ES module, as AWS's guides advise. The SDK's CommonJS code then needs a `require`. */
const MODULE: BuildOptions = {
  format: "esm",
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
};

/** Creates the bundles: ours from the same zip that Terraform uploads, and those it is compared with. */
export async function makePrograms(layouts: Readonly<Record<string, LayoutData>>): Promise<Programs> {
  const folder = mkdtempSync(join(tmpdir(), "cold-start-"));
  const bundle = async (entry: string, outfile: string, options: BuildOptions = {}): Promise<Program> => {
    await build({ ...PLAIN, ...options, entryPoints: [resolvePath(entry)], outfile: join(folder, outfile) });
    return toProgram(join(folder, outfile));
  };
  for (const [name, bytes] of Object.entries(unzipSync(await authorizerZip(layouts))))
    writeFileSync(join(folder, name), bytes);
  return {
    ours: toProgram(join(folder, "index.js")),
    floor: await bundle("floor.ts", "floor.js"),
    asDocumented: await bundle("as-documented.ts", "as-documented.mjs", MODULE),
    awsJwtVerify: await bundle("../peers/cold-aws-jwt-verify.ts", "aws-jwt-verify.js"),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

const toProgram = (path: string): Program => ({ path, kilobytes: Math.round(statSync(path).size / 1_000) });
