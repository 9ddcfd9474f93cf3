import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CompiledPolicies } from "../../core/policy-files/compile/compile.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { patchDocument } from "../../core/policy-files/openapi/patch-document.ts";
import { printProblem } from "../../core/policy-files/source/problem.ts";
import type { WrittenPatch } from "../../packaging/artefacts.ts";
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
export function writePatchedDocument(
  flags: PatchFlags,
  { api }: PolicySet,
  { mode, layouts }: CompiledPolicies,
): WrittenPatch | undefined | "problems" {
  const source = flags.into;
  if (source === undefined) return rejectFlagsWithoutInto(flags);
  requireFile("into", source);
  const layout = layouts[mode];
  if (layout === undefined) throw new Error(`There is no layout for ${mode}`);
  const sourceText = readFileSync(source, "utf8");
  const patched = patchDocument(
    {
      file: source,
      text: sourceText,
      gatewayResponses: flags["gateway-responses"],
      requestValidators: flags["request-validators"],
    },
    api,
    layout,
    ({ file, line, column }) => `${join(flags.policies, file)}:${line}:${column}`,
  );
  if ("text" in patched) return { source, sourceText, text: patched.text };
  for (const problem of patched.problems) printError(printProblem(problem));
  printError(`${source} does not fit the policy files: nothing was written`);
  return "problems";
}

function rejectFlagsWithoutInto(flags: PatchFlags): undefined {
  for (const name of ["out", "gateway-responses", "request-validators"] as const)
    if (flags[name] !== undefined && flags[name] !== false)
      throw new UsageError(`--${name} needs --into, which names the OpenAPI document to patch`);
}
