import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "@cdktn/hcl2json";

/** A block of a resource or data source, as hcl2json returns it. */
export type Body = Readonly<Record<string, unknown>>;

/** A resource or data source of the AWS provider in a Terraform file. */
export interface Use {
  readonly file: string;
  readonly kind: "resource" | "data";
  readonly type: string;
  readonly body: Body;
}

/** A Terraform file, with its uses of the provider and the attributes that its expressions read. */
export interface TerraformFile {
  readonly file: string;
  readonly uses: readonly Use[];
  readonly reads: readonly {
    readonly kind: Use["kind"];
    readonly type: string;
    readonly attribute: string;
  }[];
  /** Values of `required_version` and of the AWS provider's `version`; empty if the file sets none. */
  readonly versions: { readonly terraform: readonly string[]; readonly aws: readonly string[] };
}

const EXCLUDED = new Set(["node_modules", ".terraform", ".git", "build"]);
const READ = /(?<![\w.])(data\.)?(aws_[a-z0-9_]+)\.[a-z_][a-z0-9_]*(?:\[[^\]]*\])*\.([a-z_][a-z0-9_]*)/g;

/** Reads every Terraform file of the folders below `root`. */
export async function readTerraform(root: string): Promise<TerraformFile[]> {
  return Promise.all(listFiles(root).map((path) => readFile(path, relative(root, path))));
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return EXCLUDED.has(entry.name) ? [] : listFiles(path);
    return entry.name.endsWith(".tf") ? [path] : [];
  });
}

type Blocks = Readonly<Record<string, Readonly<Record<string, readonly Body[]>>>>;

interface File {
  readonly resource?: Blocks;
  readonly data?: Blocks;
  readonly terraform?: readonly {
    readonly required_version?: string;
    readonly required_providers?: readonly { readonly aws?: { readonly version?: string } }[];
  }[];
}

async function readFile(path: string, file: string): Promise<TerraformFile> {
  const text = readFileSync(path, "utf8");
  const parsed = (await parse(path, text)) as File;
  const uses = (["resource", "data"] as const).flatMap((kind) =>
    Object.entries(parsed[kind] ?? {}).flatMap(([type, named]) =>
      type.startsWith("aws_")
        ? Object.values(named).flatMap((bodies) => bodies.map((body) => ({ file, kind, type, body })))
        : [],
    ),
  );
  const reads = [...text.matchAll(READ)].map(([, data, type = "", attribute = ""]) => ({
    kind: data === undefined ? ("resource" as const) : ("data" as const),
    type,
    attribute,
  }));
  const settings = parsed.terraform ?? [];
  return {
    file,
    uses,
    reads,
    versions: {
      terraform: settings.flatMap(({ required_version: version }) => version ?? []),
      aws: settings.flatMap(({ required_providers: providers = [] }) =>
        providers.flatMap(({ aws }) => aws?.version ?? []),
      ),
    },
  };
}
