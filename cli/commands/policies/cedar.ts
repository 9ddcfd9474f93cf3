import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cedarFiles } from "../../../core/policy-files/cedar/cedar-files.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { print } from "../../shared/output.ts";

const FLAGS = {
  out: {
    type: "string",
    default: join("build", "cedar"),
    value: "DIR",
    about: "The folder to write. Files of an earlier run are overwritten.",
    example: "docs/cedar",
  },
  ...COMMON,
} as const;

export const cedar = defineCommand({
  name: "cedar",
  about: `Writes the model of the policy files for Cedar: policies.cedar with a policy for each rule of the files,
schema.cedarschema with each route as an action, and entities.json with roles, plans, tenants and issuers.
docs/cedar.md says how to ask Cedar, and what it cannot express.`,
  flags: FLAGS,
  examples: ["cedar", "cedar --environment prod --out cedar/prod"],
  statuses: ["written"],
  run,
});

function run(values: FlagValues<typeof FLAGS>): number {
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 2;
  const files = Object.entries(cedarFiles(policies[0]));
  mkdirSync(values.out, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(values.out, name), text);
  return print(`Written: ${files.map(([name]) => join(values.out, name)).join(", ")}`);
}
