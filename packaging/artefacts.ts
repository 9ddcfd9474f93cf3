import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { marshallItem } from "../core/model/dynamodb-json.ts";
import type { Item } from "../core/model/items.ts";
import { type ApiType, readLayout, stageVariables } from "../core/model/layout.ts";
import { isHttpApi } from "../core/policy-files/compile/api-types.ts";
import type { CachingReport } from "../core/policy-files/compile/caching-report.ts";
import type { CompiledPolicies } from "../core/policy-files/compile/compile.ts";
import { itemKey } from "../core/policy-files/compile/permission-items.ts";
import type { OpenMethods } from "../core/policy-files/openapi/open-methods.ts";
import type { MetadataTemplate } from "../core/policy-files/openapi/resource-metadata.ts";
import {
  authorizerZip,
  historyExportZip,
  resourceMetadataZip,
  sampleBackendZip,
  tokenClaimsZip,
} from "./bundle.ts";
import { makeFolder } from "./make-folder.ts";

/** The compiled policies and the zips that a deployment on AWS and the local stack need. */
export interface Artefacts {
  readonly compiled: CompiledPolicies;
  /** The zip of the authorizer Lambda. */
  readonly authorizer: Uint8Array;
  /** The zip of the sample backend Lambda. */
  readonly sampleBackend: Uint8Array;
  /** The zip of the function that returns the metadata document; only an HTTP API with such a document has it. */
  readonly resourceMetadata?: Uint8Array;
}

/** Bundles the Lambdas that the local stack needs. */
export async function makeArtefacts(compiled: CompiledPolicies): Promise<Artefacts> {
  const needsMetadata = isHttpApi(compiled.apiType) && compiled.metadata !== undefined;
  const [authorizer, sampleBackend, resourceMetadata] = await Promise.all([
    authorizerZip(compiled.layouts, compiled.access),
    sampleBackendZip(),
    needsMetadata ? resourceMetadataZip() : undefined,
  ]);
  return { compiled, authorizer, sampleBackend, ...(resourceMetadata && { resourceMetadata }) };
}

/** The content of a build: also the zips that only a deployment on AWS needs. */
export interface BuildArtefacts extends Artefacts {
  /** The zip of the Cognito trigger, which adds claims to tokens. */
  readonly tokenClaims: Uint8Array;
  /** The zip of the function that exports the history. */
  readonly historyExport: Uint8Array;
}

/** Bundles the Lambdas of a build. */
export async function makeBuildArtefacts(compiled: CompiledPolicies): Promise<BuildArtefacts> {
  const [artefacts, tokenClaims, historyExport] = await Promise.all([
    makeArtefacts(compiled),
    tokenClaimsZip(),
    historyExportZip(),
  ]);
  return { ...artefacts, tokenClaims, historyExport };
}

const sha256 = (content: Uint8Array | string): string => createHash("sha256").update(content).digest("hex");
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Formats items for Terraform's `aws_dynamodb_table_item`: DynamoDB's typed JSON as a string, by key. */
const typedItems = (items: readonly Item[]): Record<string, string> =>
  Object.fromEntries(items.map((item) => [itemKey(item), JSON.stringify(marshallItem(item))]));

/** Returns an API definition for each caching mode. An HTTP API has the same definition in all modes. */
function definitionFiles({ apiType, mode, definitions }: CompiledPolicies): Record<string, string> {
  if (isHttpApi(apiType)) return { "api/http.json": json(definitions[mode]) };
  return Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [`api/${name}.json`, json(definition)]),
  );
}

/**
 * Replaces the build folder. Writes the zips, the permissions of each environment, the API definition of each caching
 * mode, the patched OpenAPI document and the manifest.
 *
 * @param sources the policy files of the build
 * @param patch the patched OpenAPI document, if there is one
 */
export function writeArtefacts(
  folder: string,
  { compiled, authorizer, sampleBackend, resourceMetadata, tokenClaims, historyExport }: BuildArtefacts,
  caching: CachingReport,
  sources: ReadonlyMap<string, string>,
  patch?: WrittenPatch,
): Manifest {
  const files: Record<string, Uint8Array | string> = {
    "authorizer.zip": authorizer,
    "sample-backend.zip": sampleBackend,
    "token-claims.zip": tokenClaims,
    "history-export.zip": historyExport,
    ...(resourceMetadata && { "resource-metadata.zip": resourceMetadata }),
    ...Object.fromEntries(
      [...compiled.items].flatMap(([environment, items]) => [
        [`permissions/${environment}.json`, json(items)],
        [`permissions/${environment}.dynamodb.json`, json(typedItems(items))],
      ]),
    ),
    ...definitionFiles(compiled),
    ...(patch !== undefined && { [`into/${basename(patch.source)}`]: patch.text }),
  };
  const hashes = Object.entries(files).map(([name, content]) => [name, sha256(content)] as const);
  const manifest: Manifest = {
    version: 1,
    front: compiled.apiType,
    environments: [...compiled.items.keys()],
    mode: compiled.mode,
    caching,
    layouts: Object.fromEntries(
      Object.entries(compiled.layouts).map(([mode, layout]) => [mode, layout.hash]),
    ),
    stageVariables: Object.fromEntries(
      Object.entries(compiled.layouts).map(([mode, layout]) => [mode, stageVariables(readLayout(layout))]),
    ),
    backends: Object.fromEntries(compiled.backends),
    openMethods: compiled.openMethods,
    ...(compiled.metadata !== undefined && { metadata: compiled.metadata }),
    ...(compiled.access !== undefined && { access: { path: compiled.access.path } }),
    ...(patch !== undefined && {
      into: {
        source: patch.source,
        sha256: sha256(patch.sourceText),
        files: Object.fromEntries([...patch.files].map(([path, text]) => [path, sha256(text)])),
      },
    }),
    files: Object.fromEntries(hashes),
    sources: Object.fromEntries([...sources].sort().map(([path, text]) => [path, sha256(text)])),
  };
  rmSync(folder, { recursive: true, force: true });
  for (const [name, content] of [...Object.entries(files), ["manifest.json", json(manifest)] as const]) {
    makeFolder(dirname(join(folder, name)));
    writeFileSync(join(folder, name), content);
  }
  return manifest;
}

/** An OpenAPI document of the user's own to which the authorizers were added. */
export interface WrittenPatch {
  /** The path of the original document. */
  readonly source: string;
  readonly sourceText: string;
  readonly text: string;
  /** The files to which it refers, by path from its folder. */
  readonly files: ReadonlyMap<string, string>;
}

/** `build/manifest.json`, which describes a build. */
export interface Manifest {
  readonly version: 1;
  /** The API type, which must agree with Terraform's inputs. */
  readonly front: ApiType;
  readonly environments: readonly string[];
  readonly mode: string;
  readonly caching: CachingReport;
  /** The hash of the layout, for each possible caching mode. */
  readonly layouts: Readonly<Record<string, string>>;
  /** The variables that the stage must have, for each caching mode. */
  readonly stageVariables: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The kinds of the API's backends, by name. */
  readonly backends: Readonly<Record<string, string>>;
  readonly openMethods: OpenMethods;
  /** The metadata document, if an issuer is advertised. */
  readonly metadata?: MetadataTemplate;
  /** The access route, if the API has one. */
  readonly access?: { readonly path: string };
  /** The path and the SHA-256 of the OpenAPI document that was patched, before the patch. */
  readonly into?: {
    readonly source: string;
    readonly sha256: string;
    readonly files: Readonly<Record<string, string>>;
  };
  /** SHA-256 in hex of each file of the build. */
  readonly files: Readonly<Record<string, string>>;
  /** SHA-256 in hex of each policy file. */
  readonly sources: Readonly<Record<string, string>>;
}
