import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { zipSync } from "fflate";
import type { LayoutData } from "../core/model/layout.ts";
import { authorizerBundle } from "./authorizer-bundle.ts";
import { type BundledPackage, bundledPackages, readPackage } from "./bundled-packages.ts";
import { licenceNotices } from "./licence-notices.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A Lambda's code in one file. */
export interface Bundle {
  readonly code: Uint8Array;
  /** The packages whose code is in the file. */
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

export const authorizerCode = once(() => bundle(authorizerBundle));

export const sampleBackendCode = once(() => lambdaCode("sample-backend"));

export const tokenClaimsCode = once(() => lambdaCode("token-trigger"));

const lambdaCode = (name: string): Promise<Bundle> =>
  bundle({ ...authorizerBundle, entryPoints: [`${ROOT}lambdas/${name}/index.ts`] });

/** Makes something once in a process, because a reload changes the policies and not the code. Failures are not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** Returns the files of a zip: the code, and the notices that the licences require. */
const zipFiles = ({ code, packages }: Bundle): Readonly<Record<string, Uint8Array>> => ({
  "index.js": code,
  "licences.txt": utf8(licenceNotices([readPackage(ROOT), ...packages])),
});

/**
 * Creates a zip whose bytes depend only on the names and contents of the files. The time is a local one on purpose,
 * because zip files store no time zone, so the bytes are the same in every zone.
 */
const reproducibleZip = (files: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  zipSync(files, { mtime: new Date(1980, 0, 1), level: 9, os: 3, attrs: 0o644 << 16 });

/** Creates the authorizer's zip: the bundle, and `layout.json` with the layouts of the API. */
export async function authorizerZip(layouts: Readonly<Record<string, LayoutData>>): Promise<Uint8Array> {
  return reproducibleZip({
    ...zipFiles(await authorizerCode()),
    "layout.json": utf8(JSON.stringify({ layouts })),
  });
}

/** Creates the sample backend's zip. */
export const sampleBackendZip = once(async () => reproducibleZip(zipFiles(await sampleBackendCode())));

/** Creates the zip of the Cognito trigger. */
export async function tokenClaimsZip(): Promise<Uint8Array> {
  return reproducibleZip(zipFiles(await tokenClaimsCode()));
}
