import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { marshallItem } from "../../core/dynamodb-json.ts";
import type { CachingReport } from "../../core/files/caching-report.ts";
import type { CompiledPolicies } from "../../core/files/compile.ts";
import type { OpenMethods } from "../../core/files/open-methods.ts";
import { itemKey } from "../../core/files/permission-items.ts";
import type { Item } from "../../core/items.ts";
import { readLayout, stageVariables } from "../../core/layout.ts";
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

/** Writes the build's folder anew and returns its manifest. `sources` are the policy files that it was made of. */
export function writeArtefacts(
  folder: string,
  { compiled, authorizer, sampleBackend, tokenClaims }: BuildArtefacts,
  caching: CachingReport,
  sources: ReadonlyMap<string, string>,
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
    ...Object.fromEntries(
      Object.entries(compiled.definitions).map(([mode, definition]) => [
        `api/${mode}.json`,
        json(definition),
      ]),
    ),
  };
  const hashes = Object.entries(files).map(([name, content]) => [name, sha256(content)] as const);
  const manifest: Manifest = {
    version: 1,
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

/** `build/manifest.json`: SHA-256 in hex of everything made, and of the policy files it was made of. */
export interface Manifest {
  readonly version: 1;
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
  readonly files: Readonly<Record<string, string>>;
  readonly sources: Readonly<Record<string, string>>;
}
