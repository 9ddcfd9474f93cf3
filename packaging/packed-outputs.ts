import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ConsoleFile, consoleFile } from "./console-file.ts";
import type { LambdaName } from "./lambda-code.ts";
import type * as made from "./outputs.ts";

// Takes the place of `outputs.ts` in the npm package: reads what was made when the package was packed. The paths are those
// of `dist/`, in which every file of the compiled command is.

const dist = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const filesIn = (folder: string): (readonly [name: string, content: Uint8Array])[] =>
  readdirSync(dist(folder))
    .sort()
    .map((name) => [name, readFileSync(dist(`${folder}/${name}`))]);

export const PROGRAM: typeof made.PROGRAM = dist("../bin/portcullis.mjs");

export const lambdaFiles: typeof made.lambdaFiles = (name: LambdaName) =>
  Promise.resolve(Object.fromEntries(filesIn(`./lambdas/${name}`)));

export const consoleFiles: typeof made.consoleFiles = () =>
  Promise.resolve(
    new Map<string, ConsoleFile>(filesIn("./console").map(([name, body]) => [name, consoleFile(name, body)])),
  );

export const workerRuntime: typeof made.workerRuntime = () => readFileSync(dist("./worker.js"), "utf8");

export const initTemplate: typeof made.initTemplate = (name) => readFileSync(dist(`./init/${name}`), "utf8");
