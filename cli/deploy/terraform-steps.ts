import { readdirSync } from "node:fs";
import { plural } from "../../core/model/plural.ts";
import { suggestion } from "../../core/policy-files/source/suggestion.ts";
import { PROGRAM } from "../../packaging/outputs.ts";
import { COMMON } from "../shared/flags.ts";
import { type DeployContext, type DeployStep, StepFailed } from "./step.ts";

const tfvars = (environment: string): string => `environments/${environment}.tfvars`;
const backend = (environment: string): string => `environments/${environment}.tfbackend`;
export const planFile = (environment: string): string => `build/${environment}.tfplan`;

/** Checks that Terraform is installed and the environment has variables, before the steps that take time. */
export const findTerraform: DeployStep = {
  name: "find Terraform and the environment",
  next: "repair the installation",
  async run({ run, exists, environment }) {
    if (!exists(tfvars(environment)))
      throw new StepFailed(
        `there is no ${tfvars(environment)}${suggestion(environment, environments())}`,
        "create the file, or name an environment that has one",
        2,
      );
    const { status } = await run("terraform", ["version", "-json"], { capture: true });
    if (status === "missing")
      throw new StepFailed(
        "there is no terraform on PATH",
        "install Terraform 1.10 or later (https://developer.hashicorp.com/terraform/install); the rest of Portcullis works without it",
      );
    if (status !== 0) throw new StepFailed(`terraform version ended with ${status}`);
    return {};
  },
};

function environments(): string[] {
  try {
    return readdirSync("environments").flatMap((name) => /^(.+)\.tfvars$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}

export const build: DeployStep = {
  name: "build",
  next: "correct what the build reports; nothing was sent to AWS",
  async run({ run, buildFlags }) {
    const { status } = await run(process.execPath, [PROGRAM, "build", ...buildFlags]);
    if (status !== 0) throw new StepFailed(`portcullis build ended with ${status}`);
    return {};
  },
};

/** Uses `-reconfigure`, because one checkout deploys to several environments with separate states. */
export const init: DeployStep = {
  name: "terraform init",
  next: "check the backend's settings and that your AWS credentials may read and write its bucket",
  async run({ run, exists, environment }) {
    const file = backend(environment);
    if (!exists(file))
      throw new StepFailed(
        `there is no ${file}`,
        "create it with bucket, key and region of this environment's state; docs/operations.md has an example",
        2,
      );
    await terraform(run, ["init", "-input=false", "-reconfigure", `-backend-config=${file}`]);
    return {};
  },
};

/** With `-detailed-exitcode`, status 0 means no changes and 2 means changes. */
export const plan: DeployStep = {
  name: "terraform plan",
  next: "correct what Terraform reports; docs/operations.md explains credentials, permissions and quotas",
  async run({ run, environment, policyFolder, print }, { canary }) {
    const { status } = await run("terraform", [
      "plan",
      "-input=false",
      "-detailed-exitcode",
      `-var-file=${tfvars(environment)}`,
      ...(policyFolder === COMMON.policies.default ? [] : [`-var=policies_directory=${policyFolder}`]),
      ...(canary === undefined ? [] : [`-var=canary=${JSON.stringify(canary)}`]),
      `-out=${planFile(environment)}`,
    ]);
    if (status !== 0 && status !== 2) throw new StepFailed(`terraform plan ended with ${status}`);
    print(status === 0 ? `Nothing changes in ${environment}` : `The plan is in ${planFile(environment)}`);
    return { changes: status === 2 };
  },
};

export const confirm: DeployStep = {
  name: "confirm",
  next: "nothing was applied; run the command again when the plan is what you want",
  async run({ ask, environment }, { changes, unpublished = 0 }) {
    if (changes === false && unpublished === 0) return {};
    if (ask === undefined)
      throw new StepFailed(
        "there is no terminal to ask for confirmation",
        "add --yes to apply, or --plan to stop here",
      );
    const what = [
      ...(changes === false ? [] : ["apply this plan"]),
      ...(unpublished === 0 ? [] : [`publish ${plural(unpublished, "item")}`]),
    ].join(" and ");
    const reply = await ask(`In ${environment}, ${what}? Only "yes" does it: `);
    if (reply.trim() !== "yes") throw new StepFailed("the plan was not confirmed");
    return {};
  },
};

export const apply: DeployStep = {
  name: "terraform apply",
  next: "correct what Terraform reports and deploy again: it continues where it stopped",
  async run({ run, environment, print }, { changes }) {
    if (changes === false) print("Nothing to apply");
    else await terraform(run, ["apply", "-input=false", planFile(environment)]);
    return {};
  },
};

/**
 * Writes the items of the policy files, if Terraform does not keep them; otherwise compiles the roles of run-time tenants for
 * what Terraform wrote.
 */
export const publish: DeployStep = {
  name: "publish the policy files' items",
  next: "correct what publish reports and deploy again: it continues where it stopped",
  async run({ run, environment, policyFolder, print }, { publishTo, compileIn }) {
    if (publishTo === undefined) {
      print("Terraform keeps the items");
      if (compileIn === undefined) return {};
      const args = ["tenant", "compile", "--table", compileIn, "--reason", `deployed ${environment}`];
      const { status } = await run(process.execPath, [PROGRAM, ...args]);
      if (status !== 0) throw new StepFailed(`portcullis tenant compile ended with ${status}`);
      return {};
    }
    const flags = ["--table", publishTo, "--environment", environment, "--policies", policyFolder];
    const { status } = await run(process.execPath, [PROGRAM, "publish", ...flags]);
    if (status !== 0) throw new StepFailed(`portcullis publish ended with ${status}`);
    return {};
  },
};

async function terraform(run: DeployContext["run"], args: readonly string[]): Promise<void> {
  const { status } = await run("terraform", args);
  if (status !== 0) throw new StepFailed(`terraform ${args[0] ?? ""} ended with ${status}`);
}
