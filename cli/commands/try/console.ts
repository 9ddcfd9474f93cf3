import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ConsoleFolder, consoleData, readableSet } from "../../../console/data.ts";
import { compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import { makeFolder } from "../../../packaging/make-folder.ts";
import { consoleFiles } from "../../../packaging/outputs.ts";
import { API_TYPE_FLAGS, apiTypeFlag } from "../../shared/api-type-flags.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues, UsageError } from "../../shared/flags.ts";
import { LAYOUT_FLAGS, layoutOptions } from "../../shared/layout-flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { print } from "../../shared/output.ts";
import { loadAgainst } from "../../shared/policies-against.ts";
import { readPolicyFiles } from "../../shared/policy-folder.ts";

const FLAGS = {
  out: {
    type: "string",
    default: join("build", "console"),
    value: "DIR",
    about: "The folder to write.",
    example: "public/console",
  },
  against: {
    type: "string",
    value: "REF|DIR",
    about: "Adds the policy files of a commit or of another folder for comparison.",
    example: "main",
  },
  ...COMMON,
  ...LAYOUT_FLAGS,
  ...API_TYPE_FLAGS,
} as const;

export const console = defineCommand({
  name: "console",
  forms: ["build"],
  about: `Writes the console's page as files for a static host. The page shows who may do what, why, and how routes are
divided among authorizers. It contains the policy files: publish it only to readers who may see them.`,
  flags: FLAGS,
  examples: ["console build", "console build --out public/console --against main"],
  statuses: ["written", "the caching mode cannot be proven"],
  positionals: true,
  run,
});

async function run(values: FlagValues<typeof FLAGS>, positionals: readonly string[]): Promise<number> {
  if (positionals.join(" ") !== "build")
    throw new UsageError(`expected console build, found "${["console", ...positionals].join(" ")}"`);
  const { cache } = values;
  const [options, apiType] = [layoutOptions(values), apiTypeFlag(values)];
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 2;
  const compiled = compilePolicies(policies, cache, options, apiType);
  const folders: ConsoleFolder[] = [
    {
      files: readPolicyFiles(values.policies),
      sets: policies.map((set) => ({ name: set.environment, ...readableSet(set, compiled, options) })),
    },
  ];
  if (values.against !== undefined) {
    const other = loadAgainst(values.against, values.policies, values.environment);
    const name = `${values.environment} of ${values.against}`;
    const set = readableSet(
      other.policies,
      compilePolicies([other.policies], cache, options, apiType),
      options,
    );
    folders.push({ files: other.files, sets: [{ name, ...set }] });
  }
  const files = await consoleFiles();
  for (const [path, { body }] of files) write(join(values.out, path), body);
  write(join(values.out, "console/policies.json"), JSON.stringify(consoleData(folders, false)));
  const names = folders.flatMap(({ sets }) => sets.map(({ name }) => name));
  return print(`${values.out} shows ${names.join(", ")}: copy it to a static host, under any path`);
}

function write(path: string, body: Uint8Array | string): void {
  makeFolder(dirname(path));
  writeFileSync(path, body);
}
