import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Types, lint, format and unused code; every step runs, and the first that fails decides the exit status. */
type Step = readonly [name: string, ...command: string[]];
const STEPS: readonly Step[] = [
  ["core is pure", "tsc", "-p", "core"],
  ["types", "tsc", "-p", "."],
  ["the console's types", "tsc", "-p", "console"],
  ["its tests' types", "tsc", "-p", "tests/console"],
  ...peers(),
  [
    "lint and format",
    "biome",
    "ci",
    "--error-on-warnings",
    ...(process.stdout.isTTY ? [] : ["--colors=off"]),
    ".",
  ],
  ["unused code", "knip"],
  ["plain words", "tsx", "scripts/check-words.ts"],
  ["schemas for editors", "../../bin/portcullis.mjs", "schema", "--check"],
  ["tables of Terraform's inputs and outputs", "tsx", "scripts/check-terraform-docs.ts"],
  ["examples of docstrings", "tsx", "scripts/check-examples.ts"],
  ["licences of what ships", "tsx", "scripts/check-licences.ts"],
];

const failed = STEPS.filter(([name, program = "", ...args]) => {
  process.stdout.write(`— ${name}\n`);
  return spawnSync(process.execPath, [binary(program), ...args], { stdio: "inherit" }).status !== 0;
});

/** What the benchmarks compare with has packages of its own, which `npm run bench` installs. */
function peers(): readonly Step[] {
  if (existsSync(new URL("../bench/node_modules", import.meta.url)))
    return [["types of the benchmarks' peers", "tsc", "-p", "bench/peers"]];
  process.stdout.write("Left out: types of the benchmarks' peers (npm ci --prefix bench first)\n");
  return [];
}

function binary(name: string): string {
  return new URL(`../node_modules/.bin/${name}`, import.meta.url).pathname;
}

process.stdout.write(
  failed.length === 0 ? "All checks pass\n" : `Failed: ${failed.map(([name]) => name).join(", ")}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
