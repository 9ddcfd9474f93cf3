import { fileURLToPath } from "node:url";
import type { BuildOptions, Plugin } from "esbuild";

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/**
 * Leaves out the SDK's module that registers functions for rule sets of endpoints, with all that it imports: a twelfth
 * of the bundle. The authorizer computes its endpoint without rule sets, but imports the module's neighbour.
 */
const withoutEndpointRules: Plugin = {
  name: "without-endpoint-rules",
  setup: ({ onResolve, resolve }) =>
    onResolve({ filter: /^\.\/util-endpoints\/aws$/ }, async ({ path, pluginData, ...from }) =>
      pluginData === withoutEndpointRules
        ? undefined
        : { ...(await resolve(path, { ...from, pluginData: withoutEndpointRules })), sideEffects: false },
    ),
};

/**
 * esbuild's options for the authorizer, without `outfile`. The format is CommonJS without dynamic import, because an
 * ESM import of `node:http` costs 50 ms of cold start on Node 22 and later. Packages are read as ES modules where
 * possible, because tree shaking removes more of them.
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
  plugins: [withoutEndpointRules],
};
