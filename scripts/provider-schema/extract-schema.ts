import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Extract } from "./find-problems.ts";
import { parseBindings, type Schema } from "./parse-bindings.ts";
import type { TerraformFile, Use } from "./terraform-use.ts";

/** The bindings of the provider for CDK Terrain. They are generated from its schema. */
const PACKAGE = "@cdktn/provider-aws";

/** Downloads the bindings with npm, and returns the schemas of the types in use. Only these are unpacked. */
export function extractSchema(version: string, files: readonly TerraformFile[]): Extract {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-schema-"));
  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { cwd: folder, encoding: "utf8" }).trim();
  const read = (path: string): string => readFileSync(join(folder, path), "utf8");
  const schemas = (kind: Use["kind"]): Record<string, Schema> =>
    Object.fromEntries(
      typesIn(files, kind).map((type) => [type, parseBindings(read(bindingsOf(kind, type)))]),
    );
  try {
    const archive = run("npm", "pack", "--silent", `${PACKAGE}@${version}`);
    const needed = (["resource", "data"] as const).flatMap((kind) =>
      typesIn(files, kind).map((type) => bindingsOf(kind, type)),
    );
    run("tar", "-xzf", archive, "package/README.md", ...needed);
    const provider = /hashicorp\/aws provider version (\S+)/.exec(read("package/README.md"))?.[1];
    if (provider === undefined) throw new Error(`${PACKAGE}@${version} does not name the provider's version`);
    return {
      provider,
      package: `${PACKAGE}@${version}`,
      resource: schemas("resource"),
      data: schemas("data"),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function typesIn(files: readonly TerraformFile[], kind: Use["kind"]): string[] {
  const used = files.flatMap(({ uses }) => uses.filter((use) => use.kind === kind));
  return [...new Set(used.map(({ type }) => type))].sort();
}

const bindingsOf = (kind: Use["kind"], type: string): string =>
  `package/lib/${kind === "data" ? "data-aws-" : ""}${type.replace("aws_", "").replaceAll("_", "-")}/index.js`;
