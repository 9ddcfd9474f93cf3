import { existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../../packaging/make-folder.ts";
import { initTemplate } from "../../packaging/outputs.ts";

/** The files that a deployment needs next to `policies/`, each with the template in `cli/init`. */
const FILES: Readonly<Record<string, string>> = {
  "main.tf": "main.tf",
  "environments/dev.tfvars": "dev.tfvars",
  "environments/dev.tfbackend": "dev.tfbackend",
  ".gitignore": "gitignore",
};

/** The files that were written, and those that existed before and were kept. */
export interface StartingEnvironment {
  readonly written: readonly string[];
  readonly kept: readonly string[];
}

/** Writes the module call and an environment into the working directory. Never overwrites a file. */
export function completeFolder(policies: string): StartingEnvironment {
  const kept = Object.keys(FILES).filter((path) => existsSync(path));
  const written = Object.keys(FILES).filter((path) => !kept.includes(path));
  for (const path of written) {
    makeFolder(dirname(path));
    writeFileSync(path, readTemplate(path, policies), { flag: "wx" });
  }
  return { written, kept };
}

function readTemplate(path: string, policies: string): string {
  return initTemplate(FILES[path] ?? "").replace(
    'default     = "policies"',
    () => `default     = "${policies}"`,
  );
}
