import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { readPackage } from "./bundled-packages.ts";
import { type LambdaName, lambdaCode } from "./lambda-code.ts";
import { noticeFiles } from "./notices.ts";

// What the product runs or uploads, made from the sources. In the npm package `packed-outputs.ts` takes this file's place
// and reads what was made when the package was packed.

export { consoleFiles } from "./console.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The program of the command, for commands that run another verb. */
export const PROGRAM = `${ROOT}bin/portcullis.mjs`;

/** Returns the files of a Lambda's zip: the code, the notices that the licences require, and the SBOM. */
export async function lambdaFiles(name: LambdaName): Promise<Readonly<Record<string, Uint8Array>>> {
  const { code, packages } = await lambdaCode(name);
  return { "index.js": code, ...noticeFiles(readPackage(ROOT), packages) };
}

let runtime: string | undefined;

/** Returns the script that runs a Lambda in a worker, because a worker has no loader for TypeScript. */
export function workerRuntime(): string {
  runtime ??= transformSync(readFileSync(`${ROOT}local/lambda/runtime.ts`, "utf8"), {
    loader: "ts",
    format: "cjs",
    target: "node20",
  }).code;
  return runtime;
}

/** Returns a template of `init`. */
export const initTemplate = (name: string): string => readFileSync(`${ROOT}cli/init/${name}`, "utf8");
