import { fileURLToPath } from "node:url";
import type { BuildOptions } from "esbuild";

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/**
 * How the authorizer is bundled; add `outfile`. CommonJS without dynamic import, because an ESM import of
 * `node:http` costs 50 ms of cold start on Node 22 and later; ES modules of packages first, because they
 * shake better.
 */
export const authorizerBundle: BuildOptions = {
  entryPoints: [here("../lambdas/authorizer/index.ts")],
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  mainFields: ["module", "main"],
  supported: { "dynamic-import": false },
  minify: true,
  legalComments: "none",
};
