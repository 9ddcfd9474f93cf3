import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { type StartingFolder, startingFolder } from "../../../core/policy-files/init/init.ts";
import type { InitNote } from "../../../core/policy-files/init/notes.ts";
import { loadPolicies } from "../../../core/policy-files/model/policy-set.ts";
import { isError, printProblem } from "../../../core/policy-files/source/problem.ts";
import type { Command } from "../../shared/command.ts";
import { readFlags, UsageError } from "../../shared/flags.ts";
import { completeFolder, type StartingEnvironment } from "../../shared/starting-environment.ts";
import { schemaFiles } from "./schema.ts";

const USAGE = `npx portcullis init --openapi FILE [--out DIR] [--json]

Makes a policy folder to start from out of an OpenAPI 3 document, YAML or JSON: its routes, a permission for each
tag (.read for GET and HEAD, .write for the rest), a role that reads and one that writes, a plan, a tenant, and
tests. What API Gateway cannot import is renamed or dropped, and listed. No file is ever overwritten.
Where they are missing, it adds what a deployment needs: main.tf with the call of the module, environments/dev.tfvars,
environments/dev.tfbackend and .gitignore.
  --out   the folder to write, policies by default
Exit status 0: written, 1: it cannot be made of this document, or a file is there already, 2: wrong use.`;

export const init: Command = { usage: USAGE, run };

function run(args: readonly string[]): number {
  const { values } = readFlags(args, {
    openapi: { type: "string" },
    out: { type: "string", default: "policies" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (values.help) return print([USAGE]);
  const source = values.openapi;
  if (source === undefined)
    throw new UsageError("--openapi is missing: name the OpenAPI document to start from");
  if (!existsSync(source)) throw new UsageError(`--openapi: there is no file ${source}`);
  const folder = readDocument(source);
  if (typeof folder === "string") return fail(`${source}: ${folder}`);
  const files = new Map([...folder.files, ...schemaFiles()]);
  const present = [...files.keys()].filter((path) => existsSync(join(values.out, path)));
  if (present.length > 0)
    return fail(
      `${values.out} has ${present.slice(0, 3).join(", ")}${present.length > 3 ? ", …" : ""} already, and nothing is overwritten: name another folder with --out`,
    );
  const wrong = loadPolicies(files, "dev").problems.filter(isError);
  if (wrong.length > 0)
    return fail(
      [
        "This document leads to a folder with errors, which is a bug of Portcullis:",
        ...wrong.map(printProblem),
      ].join("\n"),
    );
  for (const [path, text] of files) writeNew(join(values.out, path), text);
  const environment = completeFolder(values.out);
  if (values.json) return print(asJson(folder, files, values.out, environment));
  return print([...asLines(folder, files, values.out), ...tellEnvironment(environment)]);
}

function readDocument(path: string): StartingFolder | string {
  const text = readFileSync(path, "utf8");
  try {
    return startingFolder(text.trimStart().startsWith("{") ? readJson(text) : readYaml(text));
  } catch (error) {
    return `it is neither YAML nor JSON: ${(error as Error).message.split("\n", 1)[0]}`;
  }
}

const readYaml = (text: string): unknown => parse(text, { uniqueKeys: false, logLevel: "error" });

/** JSON's own reader is many times as fast; a flow mapping of YAML starts with the same sign. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return readYaml(text);
  }
}

function writeNew(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag: "wx" });
}

function asJson(
  { operations, notes }: StartingFolder,
  files: ReadonlyMap<string, string>,
  out: string,
  environment: StartingEnvironment,
): string[] {
  const told = { out, files: [...files.keys()], routes: operations.length, notes, environment };
  return [JSON.stringify(told, null, 2)];
}

function tellEnvironment({ written, kept }: StartingEnvironment): string[] {
  if (written.length === 0) return [];
  const left = kept.length === 0 ? "" : `; there already, and left as they are: ${kept.join(", ")}`;
  return [
    `For a deployment: ${written.join(", ")}${left}. Put your identity provider and state bucket into environments/, then npx portcullis deploy dev --plan`,
  ];
}

const KINDS: readonly InitNote["kind"][] = ["renamed", "changed", "dropped", "look at"];

function asLines(
  { operations, notes }: StartingFolder,
  files: ReadonlyMap<string, string>,
  out: string,
): string[] {
  const sorted = KINDS.flatMap((kind) => notes.filter((note) => note.kind === kind));
  const permissions = new Set(operations.map(({ permission }) => permission)).size;
  return [
    ...sorted.map(({ kind, what, why }) => `${kind.padEnd(8)} ${what}: ${why}`),
    ...(sorted.length > 0 ? [""] : []),
    `${out}: ${operations.length} routes with ${permissions} permissions, in ${files.size} files`,
    `Next: npx portcullis check --policies ${out}, then test, then npx portcullis start --policies ${out} --backend backend=http://localhost:8080`,
  ];
}

function print(lines: readonly string[]): number {
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`);
  return 1;
}
