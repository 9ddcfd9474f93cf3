import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@cdktn/hcl2json";

export interface Variable {
  readonly description?: string;
  /** An expression, in `${…}`. */
  readonly type?: string;
  /** Absent: the variable is required. */
  readonly default?: unknown;
  readonly nullable?: boolean;
}

export interface Output {
  readonly description?: string;
}

/** What a module has for its callers, and whom it calls itself. */
export interface Hcl {
  readonly variables: Readonly<Record<string, Variable>>;
  readonly outputs: Readonly<Record<string, Output>>;
  /** Arguments of each module call, `source` among them. */
  readonly calls: readonly Readonly<Record<string, unknown>>[];
}

type Blocks<T> = Readonly<Record<string, readonly T[]>>;

interface File {
  readonly variable?: Blocks<Variable>;
  readonly output?: Blocks<Output>;
  readonly module?: Blocks<Readonly<Record<string, unknown>>>;
}

/** Reads a module's folder; `root.tf` has what only the folder that Terraform runs in may have. @throws Error for what is no HCL */
export async function readModule(folder: string): Promise<Hcl> {
  const [variables, outputs, main, root] = await Promise.all(
    ["variables.tf", "outputs.tf", "main.tf", "root.tf"].map((file) => readFile(join(folder, file))),
  );
  return {
    variables: { ...firstOf(variables?.variable), ...firstOf(root?.variable) },
    outputs: firstOf(outputs?.output),
    calls: Object.values(firstOf(main?.module)),
  };
}

async function readFile(path: string): Promise<File> {
  return existsSync(path) ? ((await parse(path, readFileSync(path, "utf8"))) as File) : {};
}

/** HCL allows several blocks of one name where Terraform allows one. */
function firstOf<T>(blocks: Blocks<T> = {}): Record<string, T> {
  return Object.fromEntries(
    Object.entries(blocks).flatMap(([name, [block]]) => (block === undefined ? [] : [[name, block]])),
  );
}
