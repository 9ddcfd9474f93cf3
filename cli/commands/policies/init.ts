import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { plural } from "../../../core/model/plural.ts";
import { type StartingFolder, startingFolder } from "../../../core/policy-files/init/init.ts";
import { groupNotes, type InitNote, InitNotes } from "../../../core/policy-files/init/notes.ts";
import { loadPolicies } from "../../../core/policy-files/model/policy-set.ts";
import { isError, printProblem } from "../../../core/policy-files/source/problem.ts";
import { shellArgument, shellQuote } from "../../../core/policy-files/source/shell-quote.ts";
import { makeFolder } from "../../../packaging/make-folder.ts";
import { convertDocument } from "../../openapi/convert-document.ts";
import { readDocument } from "../../openapi/read-document.ts";
import { defineCommand } from "../../shared/command.ts";
import { type FlagValues, FORMAT, UsageError } from "../../shared/flags.ts";
import { print, printError, printJson } from "../../shared/output.ts";
import { requireFile } from "../../shared/require-file.ts";
import { completeFolder, type StartingEnvironment } from "../../shared/starting-environment.ts";
import { schemaFiles } from "./schema.ts";

const FLAGS = {
  openapi: {
    type: "string",
    value: "FILE",
    about: `The OpenAPI 3.0, OpenAPI 3.1 or Swagger 2.0 document to start from, with the files below its folder to which it
refers; required.`,
    example: "openapi.yaml",
  },
  out: {
    type: "string",
    default: "policies",
    value: "DIR",
    about: "The folder to write.",
    example: "services/api/policies",
  },
  ...FORMAT,
} as const;

export const init = defineCommand({
  name: "init",
  about: `Creates a policy folder from an OpenAPI document (YAML or JSON): its routes, permissions by tag or path (.read for
GET and HEAD, .write for the rest; in an API without GET by the operation's verb), a role that reads and one that
writes, a plan, a tenant, and tests. What API Gateway cannot import is renamed or dropped, and listed. Never
overwrites a file.
Also creates the files that a deployment needs, if they are missing: main.tf with the module call,
environments/dev.tfvars, environments/dev.tfbackend and .gitignore.`,
  flags: FLAGS,
  examples: ["init --openapi openapi.yaml"],
  statuses: ["written", "a file exists already, or the folder would have errors"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const source = values.openapi;
  if (source === undefined)
    throw new UsageError("--openapi is missing: name the OpenAPI document to start from");
  requireFile("openapi", source);
  const document = await readDocument(source);
  if ("problems" in document) return printError(document.problems.map(printProblem).join("\n"), 2);
  const notes = new InitNotes();
  const folder = startingFolder(await convertDocument(document.value, notes), notes);
  if (typeof folder === "string") return printError(`${source}: ${folder}`, 2);
  const files = new Map([...folder.files, ...schemaFiles(folder.files)]);
  const present = [...files.keys()].filter((path) => existsSync(join(values.out, path)));
  if (present.length > 0)
    return printError(
      `${values.out} already has ${present.slice(0, 3).join(", ")}${present.length > 3 ? ", …" : ""}, and no file is overwritten: name another folder with --out`,
    );
  const wrong = loadPolicies(files, "dev").problems.filter(
    (problem) => isError(problem) && problem.rule !== "undecided-route",
  );
  if (wrong.length > 0)
    return printError(
      [
        "The policy folder for this document would have errors, which is a bug in Portcullis:",
        ...wrong.map(printProblem),
      ].join("\n"),
    );
  for (const [path, text] of files) writeNew(join(values.out, path), text);
  const environment = completeFolder(values.out);
  if (values.format === "json") return printJson(asJson(folder, files, values.out, environment));
  return print([...asLines(folder, files, values.out), ...environmentLines(environment)]);
}

function writeNew(path: string, text: string): void {
  makeFolder(dirname(path));
  writeFileSync(path, text, { flag: "wx" });
}

const asJson = (
  { operations, notes, backends }: StartingFolder,
  files: ReadonlyMap<string, string>,
  out: string,
  environment: StartingEnvironment,
) => ({
  out,
  files: [...files.keys()],
  routes: operations.length,
  backends,
  notes: notes.map(({ group: _, ...note }) => note),
  environment,
});

function environmentLines({ written, kept }: StartingEnvironment): string[] {
  if (written.length === 0) return [];
  const unchanged = kept.length === 0 ? "" : `; unchanged, because they exist: ${kept.join(", ")}`;
  return [
    `For a deployment: ${written.join(", ")}${unchanged}. Put your identity provider and state bucket into environments/, then run npx portcullis deploy dev --plan`,
  ];
}

function undecidedLines(operations: StartingFolder["operations"], out: string): string[] {
  const count = operations.filter(({ access }) => access.kind === "undecided").length;
  if (count === 0) return [];
  return [
    `${plural(count, "route")} ${count === 1 ? "is" : "are"} undecided, so check fails: remove undecided in ${join(out, "api.yaml")}, and write a permission, public: true or auth: external`,
  ];
}

const backendFlags = (backends: StartingFolder["backends"]): string =>
  backends
    .filter(({ kind }) => kind === "http")
    .map(
      ({ name, base }, index) => `--backend ${shellQuote(`${name}=http://localhost:${8080 + index}${base}`)}`,
    )
    .join(" ");

const KINDS: readonly InitNote["kind"][] = ["renamed", "changed", "dropped", "look at"];

function asLines(
  { operations, notes, backends }: StartingFolder,
  files: ReadonlyMap<string, string>,
  out: string,
): string[] {
  const grouped = groupNotes(notes);
  const sorted = KINDS.flatMap((kind) => grouped.filter((note) => note.kind === kind));
  const folder = shellArgument("policies", out);
  const permissions = new Set(operations.map(({ permission }) => permission)).size;
  return [
    ...sorted.map(({ kind, what, why }) => `${kind.padEnd(8)} ${what}: ${why}`),
    ...(notes.length > sorted.length
      ? [`(${notes.length} notes; init with --format json and another --out lists each with its place)`]
      : []),
    ...(sorted.length > 0 ? [""] : []),
    `${out}: ${plural(operations.length, "route")} with ${plural(permissions, "permission")}, in ${plural(files.size, "file")}`,
    ...undecidedLines(operations, out),
    `Next: npx portcullis check ${folder}, then npx portcullis test ${folder}, then npx portcullis start ${folder} ${backendFlags(backends)}`.trimEnd(),
  ];
}
