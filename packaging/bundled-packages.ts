import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";

/** A package of which something ended in a bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX identifier. */
  readonly licence: string;
  /** As its licence says it; the author that the package names where it says nothing. */
  readonly copyright: string;
  /** The whole text of its licence, and of its notices where it has some. */
  readonly text: string;
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
}

/**
 * The packages of which esbuild put at least one byte into its output, by name.
 *
 * @param root the folder that the metafile's paths start from
 * @throws Error for a package without a licence or its text: it may not be passed on
 */
export function bundledPackages({ outputs }: Metafile, root: string): BundledPackage[] {
  const inputs = Object.values(outputs).flatMap(({ inputs: used }) => Object.entries(used));
  const folders = inputs.flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? (packageFolder(path) ?? []) : [],
  );
  return [...new Set(folders)].sort().map((folder) => readPackage(join(root, folder)));
}

/** The innermost package that a file belongs to; undefined for our own. */
const packageFolder = (path: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];

/** Reads what a package says of itself, Portcullis included. */
export function readPackage(folder: string): BundledPackage {
  const { name, version, license, author } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  ) as PackageJson;
  const text = licenceText(folder);
  if (license === undefined || text === "")
    throw new Error(`${name} ${version} has no licence in its package: it may not be bundled and passed on`);
  const holder = typeof author === "string" ? author.replace(/ *[<(].*/, "") : author?.name;
  return {
    name,
    version,
    licence: license,
    copyright: copyrightIn(text) ?? holder ?? `the authors of ${name}`,
    text,
  };
}

function licenceText(folder: string): string {
  const files = readdirSync(folder).filter((name) =>
    /^(licen[cs]e|notice|copying)(\.(txt|md))?$/i.test(name),
  );
  const texts = files.sort().map((name) => readFileSync(join(folder, name), "utf8"));
  return texts.map((text) => text.replaceAll("\r\n", "\n").trim()).join("\n\n");
}

/** The first line that names a year: the licences' own sentences about copyright, and their samples, have none. */
const copyrightIn = (text: string): string | undefined => /^ *(copyright .*\b\d{4}\b.*)$/im.exec(text)?.[1];
