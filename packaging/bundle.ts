import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { zipSync } from "fflate";
import type { LayoutData } from "../core/model/layout.ts";
import { authorizerBundle } from "./authorizer-bundle.ts";
import { type BundledPackage, bundledPackages, readPackage } from "./bundled-packages.ts";
import { licenceNotices } from "./licence-notices.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A Lambda's code in one file, and whose it is. */
export interface Bundle {
  readonly code: Uint8Array;
  readonly packages: readonly BundledPackage[];
}

async function bundle(options: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...options,
    absWorkingDir: ROOT,
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error("esbuild wrote no bundle");
  return { code: output.contents, packages: bundledPackages(metafile, ROOT) };
}

export const authorizerCode = (): Promise<Bundle> => bundle(authorizerBundle);

export const sampleBackendCode = (): Promise<Bundle> => lambdaCode("sample-backend");

export const tokenClaimsCode = (): Promise<Bundle> => lambdaCode("token-trigger");

const lambdaCode = (name: string): Promise<Bundle> =>
  bundle({ ...authorizerBundle, entryPoints: [`${ROOT}lambdas/${name}/index.ts`] });

/** A bundle as a zip has it, with the notices that its licences ask for. */
const shipped = ({ code, packages }: Bundle): Readonly<Record<string, Uint8Array>> => ({
  "index.js": code,
  "licences.txt": utf8(licenceNotices([readPackage(ROOT), ...packages])),
});

/**
 * A zip whose bytes depend on the files' names and contents alone. The time is local on purpose: zip files hold
 * no zone, so it is one byte sequence in all of them.
 */
const reproducibleZip = (files: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  zipSync(files, { mtime: new Date(1980, 0, 1), level: 9, os: 3, attrs: 0o644 << 16 });

/** The authorizer's zip: the bundle, and beside it the layouts that this API allows. */
export async function authorizerZip(layouts: Readonly<Record<string, LayoutData>>): Promise<Uint8Array> {
  return reproducibleZip({
    ...shipped(await authorizerCode()),
    "layout.json": utf8(JSON.stringify({ layouts })),
  });
}

/** The sample backend's zip. */
export async function sampleBackendZip(): Promise<Uint8Array> {
  return reproducibleZip(shipped(await sampleBackendCode()));
}

/** The zip of Cognito's trigger. */
export async function tokenClaimsZip(): Promise<Uint8Array> {
  return reproducibleZip(shipped(await tokenClaimsCode()));
}
