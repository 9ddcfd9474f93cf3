import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { CachingMode } from "../../core/model/layout.ts";
import type { Manifest } from "../../packaging/artefacts.ts";
import { UsageError } from "../shared/flags.ts";
import { readPolicyFiles } from "../shared/policy-folder.ts";
import { type ApiShape, shapeOfDocument } from "./api-shape.ts";

/** What was built for one caching mode. */
export interface Build {
  readonly mode: CachingMode;
  /** The alias that authorizers call. */
  readonly alias: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly shape: ApiShape;
  /** `METHOD/path` of all that a resource policy may allow. */
  readonly openMethods: readonly string[];
  /** SHA-256 of the authorizer's zip, base64, as Lambda tells it. */
  readonly codeSha256: string;
  /** SHA-256 of the manifest. */
  readonly digest: string;
  /** Policy files that were edited, added or removed since. */
  readonly edited: readonly string[];
  readonly environments: readonly string[];
}

/** Reads the build. @throws UsageError where there is none for this mode */
export function readBuild(folder: string, policyFolder: string, wanted: CachingMode | undefined): Build {
  if (!existsSync(`${folder}/manifest.json`))
    throw new UsageError(
      `there is no build in ${folder}/: npx portcullis build makes it of the policy files`,
    );
  const text = readFileSync(`${folder}/manifest.json`);
  const manifest = JSON.parse(text.toString("utf8")) as Manifest;
  const mode = (wanted ?? manifest.mode) as CachingMode;
  const layout = manifest.layouts[mode];
  if (layout === undefined)
    throw new UsageError(`the build has no caching mode ${mode}: npx portcullis build`);
  const definition = JSON.parse(readFileSync(`${folder}/api/${mode}.json`, "utf8")) as object;
  return {
    mode,
    alias: `layout-${layout}`,
    stageVariables: manifest.stageVariables[mode] ?? {},
    shape: shapeOfDocument({ ...definition }),
    openMethods: manifest.openMethods.resources,
    codeSha256: Buffer.from(manifest.files["authorizer.zip"] ?? "", "hex").toString("base64"),
    digest: createHash("sha256").update(text).digest("hex"),
    edited: editedSince(manifest.sources, readPolicyFiles(policyFolder)),
    environments: manifest.environments,
  };
}

function editedSince(
  recorded: Readonly<Record<string, string>>,
  files: ReadonlyMap<string, string>,
): string[] {
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  const current = new Map([...files].map(([path, text]) => [path, hash(text)]));
  const paths = new Set([...current.keys(), ...Object.keys(recorded)]);
  return [...paths].filter((path) => current.get(path) !== recorded[path]).sort();
}
