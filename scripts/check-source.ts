import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { print } from "../cli/shared/output.ts";

/** A check of the source code. All steps run, and the exit status is 1 if any fails. */
type Step = readonly [name: string, ...command: string[]];
const STEPS: readonly Step[] = [
  ["core is pure", "tsc", "-p", "core"],
  ["types", "tsc", "-p", "."],
  ["types of the console", "tsc", "-p", "console"],
  ["types of the console's tests", "tsc", "-p", "tests/console"],
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
  ["shared Terraform declarations", "tsx", "scripts/share-declarations.ts"],
  ["tables of Terraform's inputs and outputs", "tsx", "scripts/check-terraform-docs.ts"],
  ["schema of AWS provider 6", "tsx", "scripts/check-provider-schema.ts"],
  ["reference of the verbs", "tsx", "scripts/check-commands.ts"],
  ["reference of the rules", "tsx", "scripts/check-rules.ts"],
  ["examples of docstrings", "tsx", "scripts/check-examples.ts"],
  ["licences of bundled packages", "tsx", "scripts/check-licences.ts"],
];

const failed = STEPS.filter(([name, program = "", ...args]) => {
  print(`— ${name}`);
  return spawnSync(process.execPath, [binary(program), ...args], { stdio: "inherit" }).status !== 0;
});

/** The implementations that the benchmarks compare with need packages of their own. */
function peers(): readonly Step[] {
  if (existsSync(new URL("../bench/node_modules", import.meta.url)))
    return [["types of the benchmarks' peers", "tsc", "-p", "bench/peers"]];
  print("Skipped: types of the benchmarks' peers (run npm ci --prefix bench first)");
  return [];
}

function binary(name: string): string {
  return new URL(`../node_modules/.bin/${name}`, import.meta.url).pathname;
}

process.exitCode =
  failed.length === 0
    ? print("All checks passed")
    : print(`Failed: ${failed.map(([name]) => name).join(", ")}`, 1);
