import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@cdktn/hcl2json";

export interface Variable {
  readonly description?: string;
  /** An expression in `${…}`. */
  readonly type?: string;
  /** Absent for a required variable. */
  readonly default?: unknown;
}

export interface Output {
  readonly description?: string;
}

/** The interface of a module. */
export interface Hcl {
  readonly variables: Readonly<Record<string, Variable>>;
  readonly outputs: Readonly<Record<string, Output>>;
}

type Blocks<T> = Readonly<Record<string, readonly T[]>>;

interface File {
  readonly variable?: Blocks<Variable>;
  readonly output?: Blocks<Output>;
}

/** Reads a module's folder. `root.tf` has what only the root module may have. @throws Error for invalid HCL */
export async function readModule(folder: string): Promise<Hcl> {
  const [variables, outputs, root] = await Promise.all(
    ["variables.tf", "outputs.tf", "root.tf"].map((file) => readFile(join(folder, file))),
  );
  return {
    variables: { ...firstBlocks(variables?.variable), ...firstBlocks(root?.variable) },
    outputs: firstBlocks(outputs?.output),
  };
}

async function readFile(path: string): Promise<File> {
  return existsSync(path) ? ((await parse(path, readFileSync(path, "utf8"))) as File) : {};
}

/** HCL allows several blocks with one name, but Terraform allows only one. */
function firstBlocks<T>(blocks: Blocks<T> = {}): Record<string, T> {
  return Object.fromEntries(
    Object.entries(blocks).flatMap(([name, [block]]) => (block === undefined ? [] : [[name, block]])),
  );
}
