import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { memoizeSuccess } from "../core/model/memoize.ts";
import { authorizerBundle } from "./authorizer-bundle.ts";
import { type BundledPackage, bundledPackages } from "./bundled-packages.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Each function with the file that is its entry. */
const ENTRIES = {
  authorizer: "lambdas/authorizer/index.ts",
  "history-export": "lambdas/history-export/index.ts",
  "resource-metadata": "lambdas/resource-metadata/index.ts",
  "sample-backend": "lambdas/sample-backend/index.ts",
  "token-trigger": "lambdas/token-trigger/index.ts",
  "verify-aws": "cli/verify-aws/lambdas.ts",
} as const;

/** A function whose code is part of the package. */
export type LambdaName = keyof typeof ENTRIES;

export const LAMBDA_NAMES = Object.keys(ENTRIES) as readonly LambdaName[];

/** A Lambda's code in one file. */
export interface Bundle {
  readonly code: Uint8Array;
  /** The packages whose code is in the file. */
  readonly packages: readonly BundledPackage[];
}

const BUNDLES = new Map(LAMBDA_NAMES.map((name) => [name, memoizeSuccess(() => bundle(name))]));

/** Bundles a Lambda's code, once in a process, because a reload changes the policies and not the code. */
export const lambdaCode = (name: LambdaName): Promise<Bundle> =>
  (BUNDLES.get(name) as () => Promise<Bundle>)();

async function bundle(name: LambdaName): Promise<Bundle> {
  const options: BuildOptions = { ...authorizerBundle, entryPoints: [`${ROOT}${ENTRIES[name]}`] };
  // Its clients of the SDK find their endpoints by rule sets.
  if (name === "verify-aws") delete options.plugins;
  const { outputFiles, metafile } = await build({
    ...options,
    absWorkingDir: ROOT,
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const [output] = outputFiles ?? [];
  if (output === undefined) throw new Error("esbuild wrote no bundle");
  return { code: output.contents, packages: bundledPackages(metafile, ROOT) };
}
