import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** What a folder needs beside `policies/` to be deployed, and the file of the package that it is copied from. */
const FILES: Readonly<Record<string, string>> = {
  "main.tf": "main.tf",
  "environments/dev.tfvars": "dev.tfvars",
  "environments/dev.tfbackend": "dev.tfbackend",
  ".gitignore": "gitignore",
};

/** What was written into the folder, and what was there already and left as it was. */
export interface StartingEnvironment {
  readonly written: readonly string[];
  readonly kept: readonly string[];
}

/** Completes the working folder with a module call and an environment. Nothing is ever overwritten. */
export function completeFolder(policies: string): StartingEnvironment {
  const kept = Object.keys(FILES).filter((path) => existsSync(path));
  const written = Object.keys(FILES).filter((path) => !kept.includes(path));
  for (const path of written) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, textOf(path, policies), { flag: "wx" });
  }
  return { written, kept };
}

function textOf(path: string, policies: string): string {
  const source = new URL(`../init/${FILES[path] ?? ""}`, import.meta.url);
  return readFileSync(source, "utf8").replace(
    'default     = "policies"',
    () => `default     = "${policies}"`,
  );
}
