import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { zipSync } from "fflate";
import type { LayoutData } from "../../core/layout.ts";
import { authorizerBundle } from "../../lambdas/authorizer/bundle-options.ts";

/** Local time on purpose: zip files hold no zone, so this is one byte sequence in all of them. */
const ZIP_TIME = new Date(1980, 0, 1);

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

async function bundle(options: BuildOptions): Promise<Uint8Array> {
  const { outputFiles } = await build({
    ...options,
    absWorkingDir: fileURLToPath(new URL("../..", import.meta.url)),
    write: false,
    logLevel: "error",
  });
  const [output] = outputFiles ?? [];
  if (output === undefined) throw new Error("esbuild wrote no bundle");
  return output.contents;
}

/** A zip whose bytes depend on the files' names and contents alone. */
const reproducibleZip = (files: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  zipSync(files, { mtime: ZIP_TIME, level: 9, os: 3, attrs: 0o644 << 16 });

/** The authorizer's zip: the bundle, and beside it the layouts that this API allows. */
export async function authorizerZip(layouts: Readonly<Record<string, LayoutData>>): Promise<Uint8Array> {
  return reproducibleZip({
    "index.js": await bundle(authorizerBundle),
    "layout.json": utf8(JSON.stringify({ layouts })),
  });
}

/** The sample backend's zip. */
export const sampleBackendZip = (): Promise<Uint8Array> => lambdaZip("sample-backend");

/** The zip of Cognito's trigger. */
export const tokenClaimsZip = (): Promise<Uint8Array> => lambdaZip("token-claims");

/** The zip of a Lambda that is its bundle and nothing else. */
async function lambdaZip(name: string): Promise<Uint8Array> {
  const entry = fileURLToPath(new URL(`../../lambdas/${name}/index.ts`, import.meta.url));
  return reproducibleZip({ "index.js": await bundle({ ...authorizerBundle, entryPoints: [entry] }) });
}
