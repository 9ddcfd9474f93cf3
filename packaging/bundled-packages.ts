import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/** A package with code in a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX identifier. */
  readonly licence: string;
  /** The copyright line of the licence, or else the author of the package. */
  readonly copyright: string;
  /** The whole text of the licence and the notices. */
  readonly text: string;
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type: string };
  readonly author?: string | { readonly name: string };
}

/**
 * Returns the packages with at least one byte in esbuild's output, sorted by folder.
 *
 * @param root the folder to which the metafile's paths are relative
 * @throws Error for a package without a licence or its text, because it may not be redistributed
 */
export function bundledPackages({ outputs }: Metafile, root: string): BundledPackage[] {
  const inputs = Object.values(outputs).flatMap(({ inputs: used }) => Object.entries(used));
  const folders = inputs.flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? (packageFolder(path) ?? []) : [],
  );
  return [...new Set(folders)].sort().map((folder) => readPackage(join(root, folder)));
}

/** Returns the folder of the innermost package that contains a file; undefined for our own files. */
const packageFolder = (path: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];

/** Reads the details of a package from its folder. */
export function readPackage(folder: string): BundledPackage {
  const { name, version, license, author } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  ) as PackageJson;
  const text = readLicence(folder) || textFor(name);
  if (license === undefined || text === "")
    throw new Error(`${name} ${version} has no licence in its package: it may not be bundled and passed on`);
  const holder = typeof author === "string" ? author.replace(/ *[<(].*/, "") : author?.name;
  return {
    name,
    version,
    licence: typeof license === "string" ? license : license.type,
    copyright: findCopyright(text) ?? holder ?? `the authors of ${name}`,
    text,
  };
}

/** Packages that name a licence but do not contain its text, each with the file of this repository that has it. */
const TEXTS: Readonly<Record<string, string>> = {
  "@aws-sdk/credential-provider-http": "../LICENSE",
  "@aws-sdk/credential-provider-login": "../LICENSE",
  "@aws-sdk/nested-clients": "../LICENSE",
  lazy: "licences/lazy.txt",
};

function textFor(name: string): string {
  const file = TEXTS[name];
  return file === undefined ? "" : readFileSync(new URL(file, import.meta.url), "utf8").trim();
}

function readLicence(folder: string): string {
  const files = readdirSync(folder).filter((name) =>
    /^(licen[cs]e|notice|copying)(\.(txt|md))?$/i.test(name),
  );
  const texts = files.sort().map((name) => readFileSync(join(folder, name), "utf8"));
  return texts.map((text) => text.replaceAll("\r\n", "\n").trim()).join("\n\n");
}

/** Returns the first copyright line with a year. Other sentences about copyright in licences have no year. */
const findCopyright = (text: string): string | undefined => /^ *(copyright .*\b\d{4}\b.*)$/im.exec(text)?.[1];
