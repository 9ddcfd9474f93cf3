import { spawnSync } from "node:child_process";

/** Types, lint, format and unused code; every step runs, and the first that fails decides the exit status. */
const STEPS: readonly (readonly [name: string, ...command: string[]])[] = [
  ["core is pure", "tsc", "-p", "core"],
  ["types", "tsc", "-p", "."],
  ["the console's types", "tsc", "-p", "console"],
  ["its tests' types", "tsc", "-p", "tests/console"],
  [
    "lint and format",
    "biome",
    "ci",
    "--error-on-warnings",
    ...(process.stdout.isTTY ? [] : ["--colors=off"]),
    ".",
  ],
  ["unused code", "knip"],
  ["schemas for editors", "tsx", "scripts/policies.ts", "schema", "--check"],
  ["tables of Terraform's inputs and outputs", "tsx", "scripts/check-terraform-docs.ts"],
  ["licences of what ships", "tsx", "scripts/check-licences.ts"],
];

const failed = STEPS.filter(([name, program = "", ...args]) => {
  process.stdout.write(`— ${name}\n`);
  return spawnSync(process.execPath, [binary(program), ...args], { stdio: "inherit" }).status !== 0;
});

function binary(name: string): string {
  return new URL(`../node_modules/.bin/${name}`, import.meta.url).pathname;
}

process.stdout.write(
  failed.length === 0 ? "All checks pass\n" : `Failed: ${failed.map(([name]) => name).join(", ")}\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
