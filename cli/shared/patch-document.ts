import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { stringify } from "yaml";
import type { CompiledPolicies } from "../../core/policy-files/compile/compile.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { patchDocument } from "../../core/policy-files/openapi/patch-document.ts";
import { type Problem, printProblem } from "../../core/policy-files/source/problem.ts";
import type { Source } from "../../core/policy-files/source/source.ts";
import type { WrittenPatch } from "../../packaging/artefacts.ts";
import { linkedSource } from "../openapi/linked-source.ts";
import { parseFile, readDocument } from "../openapi/read-document.ts";
import { type Flags, UsageError } from "./flags.ts";
import { printError } from "./output.ts";
import { requireFile } from "./require-file.ts";

/** The flags that add the authorizers to an OpenAPI document of the user's own. */
export const PATCH_FLAGS = {
  into: {
    type: "string",
    value: "FILE",
    about: "Your own OpenAPI document, which gets the authorizers.",
    example: "openapi.yaml",
  },
  out: {
    type: "string",
    value: "FILE",
    otherwise: "build/into/ alone",
    about: "A file for the patched document.",
    example: "infrastructure/api.tftpl.yaml",
  },
  "gateway-responses": { type: "boolean", about: "Adds the gateway responses to the patched document." },
  "request-validators": {
    type: "boolean",
    about: "Adds the validator of parameters to the patched document.",
  },
} as const satisfies Flags;

export interface PatchFlags {
  readonly into?: string | undefined;
  readonly out?: string | undefined;
  readonly "gateway-responses": boolean;
  readonly "request-validators": boolean;
  readonly policies: string;
}

/**
 * Returns the patched document, or undefined without `--into`. If the document does not fit the policy files, prints
 * the problems and returns "problems".
 */
export async function writePatchedDocument(
  flags: PatchFlags,
  { api }: PolicySet,
  { mode, layouts }: CompiledPolicies,
): Promise<WrittenPatch | undefined | "problems"> {
  const source = flags.into;
  if (source === undefined) return rejectFlagsWithoutInto(flags);
  requireFile("into", source);
  const layout = layouts[mode];
  if (layout === undefined) throw new Error(`There is no layout for ${mode}`);
  const sourceText = readFileSync(source, "utf8");
  const document = await readFilesOf(source, sourceText);
  if ("problems" in document) return rejectDocument(source, document.problems);
  const patched = patchDocument(
    {
      file: source,
      text: document.text,
      source: document.source,
      gatewayResponses: flags["gateway-responses"],
      requestValidators: flags["request-validators"],
    },
    api,
    layout,
    ({ file, line, column }) => `${join(flags.policies, file)}:${line}:${column}`,
  );
  if ("text" in patched) return { source, sourceText, text: patched.text, files: document.files };
  return rejectDocument(source, patched.problems);
}

function rejectDocument(source: string, problems: readonly Problem[]): "problems" {
  for (const problem of problems) printError(printProblem(problem));
  printError(`${source} does not fit the policy files: nothing was written`);
  return "problems";
}

/** Returns whether a text may refer to other files. */
const hasFileReference = (text: string): boolean => /\$ref["']?\s*:\s*["']?[^#"'\s]/.test(text);

interface WholeDocument {
  readonly text: string;
  readonly source?: Source;
  /** The other files, by path from the document's folder. */
  readonly files: ReadonlyMap<string, string>;
}

/** Reads the files to which a document refers by `$ref`, and writes their content into it. */
async function readFilesOf(
  path: string,
  text: string,
): Promise<WholeDocument | { readonly problems: readonly Problem[] }> {
  if (!hasFileReference(text)) return { text, files: new Map() };
  const document = await readDocument(path, parseFile);
  if ("problems" in document) return document;
  if (document.files.size === 1) return { text, files: new Map() };
  const source = linkedSource(path, document);
  const others = [...document.files.keys()].filter((file) => file !== resolve(path)).sort();
  return {
    text: printDocument(source.value, path),
    source,
    files: new Map(others.map((file) => [relative(dirname(path), file), readFileSync(file, "utf8")])),
  };
}

/** Prints a document with each string in quotes, because YAML 1.1 reads some others as true or false. */
const printDocument = (value: unknown, path: string): string =>
  path.endsWith(".json")
    ? JSON.stringify(value, null, 2)
    : stringify(value, {
        aliasDuplicateObjects: false,
        defaultKeyType: "PLAIN",
        defaultStringType: "QUOTE_DOUBLE",
        lineWidth: 0,
      });

function rejectFlagsWithoutInto(flags: PatchFlags): undefined {
  for (const name of ["out", "gateway-responses", "request-validators"] as const)
    if (flags[name] !== undefined && flags[name] !== false)
      throw new UsageError(`--${name} needs --into, which names the OpenAPI document to patch`);
}
