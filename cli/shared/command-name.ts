import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** Whether this program was called by the package's `portcullis`, and not by a script of the repository. */
const viaPackage = (): boolean => /^portcullis(\.mjs)?$/.test(basename(process.argv[1] ?? ""));

/** How another of the commands is run from here: a program and its first arguments. */
export function commandLine(name: "build"): readonly [program: string, ...args: string[]] {
  return viaPackage()
    ? [process.execPath, process.argv[1] ?? "", name]
    : ["npm", "run", "--silent", name, "--"];
}

/** What prints a token, for a shell in whatever folder. */
export function tokenCommand(): string {
  if (viaPackage()) return `npx --prefix '${process.cwd()}' portcullis token`;
  const project = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
  return `npm --prefix '${project}' run --silent token --`;
}

/** The scripts' names in a text, as whoever called `npx portcullis` types them: usage and next steps. */
export const asNpx = (text: string): string =>
  text
    .replace(/npm run (?:--silent )?policies -- (?=[a-z<])/g, "npx portcullis ")
    .replace(/npm run (?:--silent )?([a-z-]+)( --)?(?= |$|[.,;:)])/gm, "npx portcullis $1")
    .replace(/npm start( --)?(?= |$|[.,;:)])/gm, "npx portcullis start");
