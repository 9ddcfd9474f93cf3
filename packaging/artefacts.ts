import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { marshallItem } from "../core/model/dynamodb-json.ts";
import type { Item } from "../core/model/items.ts";
import { type ApiType, readLayout, stageVariables } from "../core/model/layout.ts";
import { isHttpApi } from "../core/policy-files/compile/api-types.ts";
import type { CachingReport } from "../core/policy-files/compile/caching-report.ts";
import type { CompiledPolicies } from "../core/policy-files/compile/compile.ts";
import { itemKey } from "../core/policy-files/compile/permission-items.ts";
import type { OpenMethods } from "../core/policy-files/openapi/open-methods.ts";
import { authorizerZip, sampleBackendZip, tokenClaimsZip } from "./bundle.ts";

/** What every deployment needs, the local stack's too. */
export interface Artefacts {
  readonly compiled: CompiledPolicies;
  readonly authorizer: Uint8Array;
  readonly sampleBackend: Uint8Array;
}

export async function makeArtefacts(compiled: CompiledPolicies): Promise<Artefacts> {
  const [authorizer, sampleBackend] = await Promise.all([
    authorizerZip(compiled.layouts),
    sampleBackendZip(),
  ]);
  return { compiled, authorizer, sampleBackend };
}

/** What a build makes: with what only AWS has a use for. */
export interface BuildArtefacts extends Artefacts {
  readonly tokenClaims: Uint8Array;
}

export async function makeBuildArtefacts(compiled: CompiledPolicies): Promise<BuildArtefacts> {
  const [artefacts, tokenClaims] = await Promise.all([makeArtefacts(compiled), tokenClaimsZip()]);
  return { ...artefacts, tokenClaims };
}

const sha256 = (content: Uint8Array | string): string => createHash("sha256").update(content).digest("hex");
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The items as Terraform's `aws_dynamodb_table_item` takes them: DynamoDB's typed JSON as text, by key. */
const typedItems = (items: readonly Item[]): Record<string, string> =>
  Object.fromEntries(items.map((item) => [itemKey(item), JSON.stringify(marshallItem(item))]));

/** A definition for each caching mode; an HTTP API's is the same in all of them. */
function definitionFiles({ apiType, mode, definitions }: CompiledPolicies): Record<string, string> {
  if (isHttpApi(apiType)) return { "api/http.json": json(definitions[mode]) };
  return Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [`api/${name}.json`, json(definition)]),
  );
}

/** Writes the build's folder anew and returns its manifest. `sources` are the policy files that it was made of. */
export function writeArtefacts(
  folder: string,
  { compiled, authorizer, sampleBackend, tokenClaims }: BuildArtefacts,
  caching: CachingReport,
  sources: ReadonlyMap<string, string>,
  into?: WrittenPatch,
): Manifest {
  const files: Record<string, Uint8Array | string> = {
    "authorizer.zip": authorizer,
    "sample-backend.zip": sampleBackend,
    "token-claims.zip": tokenClaims,
    ...Object.fromEntries(
      [...compiled.items].flatMap(([environment, items]) => [
        [`permissions/${environment}.json`, json(items)],
        [`permissions/${environment}.dynamodb.json`, json(typedItems(items))],
      ]),
    ),
    ...definitionFiles(compiled),
    ...(into !== undefined && { [`into/${basename(into.source)}`]: into.text }),
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
    ...(into !== undefined && { into: { source: into.source, sha256: sha256(into.sourceText) } }),
    files: Object.fromEntries(hashes),
    sources: Object.fromEntries([...sources].sort().map(([path, text]) => [path, sha256(text)])),
  };
  rmSync(folder, { recursive: true, force: true });
  for (const [name, content] of [...Object.entries(files), ["manifest.json", json(manifest)] as const]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return manifest;
}

/** A document of somebody's own with our guards in it. */
export interface WrittenPatch {
  readonly source: string;
  readonly sourceText: string;
  readonly text: string;
}

/** `build/manifest.json`: SHA-256 in hex of everything made, and of the policy files it was made of. */
export interface Manifest {
  readonly version: 1;
  /** What the API is to be: Terraform's inputs must say the same. */
  readonly front: ApiType;
  readonly environments: readonly string[];
  readonly mode: string;
  readonly caching: CachingReport;
  /** The layout's hash, for each mode that can be had. */
  readonly layouts: Readonly<Record<string, string>>;
  /** What the stage has to hold, for each mode. */
  readonly stageVariables: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The API's backends and their kinds. */
  readonly backends: Readonly<Record<string, string>>;
  readonly openMethods: OpenMethods;
  /** The document that our guards were written into: its path, and SHA-256 of what it was. */
  readonly into?: { readonly source: string; readonly sha256: string };
  readonly files: Readonly<Record<string, string>>;
  readonly sources: Readonly<Record<string, string>>;
}
