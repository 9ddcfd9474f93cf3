import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { CachingMode } from "../../core/model/layout.ts";
import { isHttpApi } from "../../core/policy-files/compile/api-types.ts";
import type { Manifest } from "../../packaging/artefacts.ts";
import { UsageError } from "../shared/flags.ts";
import { readPolicyFiles } from "../shared/policy-folder.ts";
import { type ApiShape, readDocumentShape } from "./api-shape.ts";

/** The build of one caching mode. */
export interface Build {
  readonly mode: CachingMode;
  /** It is for an HTTP API. */
  readonly http: boolean;
  /** The Lambda alias that the authorizers call. */
  readonly alias: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly shape: ApiShape;
  /** `METHOD/path` of the methods without an authorizer, which a resource policy may allow. */
  readonly openMethods: readonly string[];
  /** SHA-256 of the authorizer's zip in base64, as Lambda returns it. */
  readonly codeSha256: string;
  /** SHA-256 of the manifest. */
  readonly digest: string;
  /** Policy files that were edited, added or removed after the build. */
  readonly edited: readonly string[];
  readonly environments: readonly string[];
}

/** Reads the build. @throws UsageError if there is no build for this mode */
export function readBuild(folder: string, policyFolder: string, wanted: CachingMode | undefined): Build {
  if (!existsSync(`${folder}/manifest.json`))
    throw new UsageError(`there is no build in ${folder}/: run npx portcullis build`);
  const text = readFileSync(`${folder}/manifest.json`);
  const manifest = JSON.parse(text.toString("utf8")) as Manifest;
  const mode = (wanted ?? manifest.mode) as CachingMode;
  const layout = manifest.layouts[mode];
  if (layout === undefined)
    throw new UsageError(`the build has no caching mode ${mode}: run npx portcullis build`);
  const http = isHttpApi(manifest.front);
  const definition = JSON.parse(readFileSync(`${folder}/api/${http ? "http" : mode}.json`, "utf8")) as object;
  return {
    mode,
    http,
    alias: `layout-${layout}`,
    stageVariables: manifest.stageVariables[mode] ?? {},
    shape: readDocumentShape({ ...definition }),
    openMethods: manifest.openMethods.resources,
    codeSha256: Buffer.from(manifest.files["authorizer.zip"] ?? "", "hex").toString("base64"),
    digest: createHash("sha256").update(text).digest("hex"),
    edited: findEdited(manifest.sources, readPolicyFiles(policyFolder)),
    environments: manifest.environments,
  };
}

function findEdited(
  recorded: Readonly<Record<string, string>>,
  files: ReadonlyMap<string, string>,
): string[] {
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  const current = new Map([...files].map(([path, text]) => [path, hash(text)]));
  const paths = new Set([...current.keys(), ...Object.keys(recorded)]);
  return [...paths].filter((path) => current.get(path) !== recorded[path]).sort();
}
