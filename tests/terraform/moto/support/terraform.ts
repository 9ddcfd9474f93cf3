import { setTimeout as sleep } from "node:timers/promises";
import { type CommandResult, runCommand } from "./command.ts";
import type { Moto } from "./moto.ts";
import type { Workspace } from "./workspace.ts";

/** Timeout of a command, in seconds. Each command needs some seconds to load the provider. */
const TIMEOUT = 240;

/** Terraform for one environment, with its folder, state and variables. */
export interface Terraform {
  init(): Promise<void>;
  apply(...args: string[]): Promise<string>;
  /** Returns whether the plan has changes, and Terraform's output. */
  plan(...args: string[]): Promise<{ readonly changes: boolean; readonly output: string }>;
  /** Runs a plan that must fail. Returns its error with all white space as single spaces. */
  failingPlan(...args: string[]): Promise<string>;
  destroy(): Promise<void>;
  /** Renames a resource of the state. */
  move(from: string, to: string): Promise<void>;
  /** Returns the resources of the state, including those of modules. */
  resources(): Promise<readonly Resource[]>;
  changes(planFile: string): Promise<readonly Change[]>;
  outputs(): Promise<Readonly<Record<string, unknown>>>;
}

export interface Resource {
  readonly address: string;
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A change of a resource in a plan. */
export interface Change {
  readonly address: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Readonly<Record<string, unknown>> | null;
    readonly after: Readonly<Record<string, unknown>> | null;
  };
}

/** A resource or data source in the file of a state, which `terraform show` reads far more slowly. */
interface StateResource {
  readonly module?: string;
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly name: string;
  readonly instances: readonly {
    readonly index_key?: string | number;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
}

/** Returns Terraform in a workspace for one environment, with its `.tfvars` and optionally a second file of values. */
export function terraformFor(
  workspace: Pick<Workspace, "folder">,
  moto: Moto,
  environment: string,
  values?: string,
): Terraform {
  const files = [
    `-var-file=environments/${environment}.tfvars`,
    ...(values === undefined ? [] : [`-var-file=${values}`]),
  ];
  return terraformIn(workspace, moto, files, [
    "-reconfigure",
    `-backend-config=environments/${environment}.tfbackend`,
  ]);
}

/** Returns Terraform in a folder, with the flags for its files of values and for its backend. */
export function terraformIn(
  workspace: Pick<Workspace, "folder">,
  moto: Moto,
  files: readonly string[],
  backend: readonly string[],
): Terraform {
  const run = (...args: string[]): Promise<CommandResult> =>
    runCommand("terraform", args, { cwd: workspace.folder, env: moto.environment, timeout: TIMEOUT });
  const quiet = ["-input=false", "-no-color"];
  const json = async (...args: string[]): Promise<unknown> => JSON.parse(await succeed(run(...args), args));

  return {
    async init() {
      const args = ["init", ...quiet, ...backend];
      await succeed(run(...args), args, INIT_HELP);
    },
    async apply(...more) {
      const args = ["apply", ...quiet, "-auto-approve", ...(isPlanFile(more) ? [] : files), ...more];
      return succeed(run(...args), args);
    },
    async plan(...more) {
      const args = ["plan", ...quiet, "-detailed-exitcode", ...files, ...more];
      const result = await run(...args);
      if (result.status !== 0 && result.status !== 2) throw new Error(explain(args, result));
      return { changes: result.status === 2, output: result.stdout };
    },
    async failingPlan(...more) {
      const { status, stderr } = await run("plan", ...quiet, ...files, ...more);
      if (status !== 1) throw new Error("The plan did not fail");
      return stderr.replace(/\s+/g, " ");
    },
    async destroy() {
      const args = ["destroy", ...quiet, "-auto-approve", ...files];
      await succeed(run(...args), args);
    },
    async move(from, to) {
      const args = ["state", "mv", from, to];
      await succeed(run(...args), args);
    },
    async resources() {
      const { resources = [] } = (await json("state", "pull")) as { resources?: readonly StateResource[] };
      return resources.flatMap(listInstances);
    },
    async changes(planFile) {
      const shown = (await json("show", "-json", planFile)) as { resource_changes: Change[] };
      return shown.resource_changes.filter(({ change }) => change.actions.join() !== "no-op");
    },
    async outputs() {
      const outputs = (await json("output", "-json")) as Record<string, { value: unknown }>;
      return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
    },
  };
}

const INIT_HELP =
  "Terraform needs the AWS provider: allow access to its registry, or set TF_CLI_CONFIG_FILE to a configuration with a mirror.";

const isPlanFile = (args: readonly string[]): boolean => args.some((arg) => arg.endsWith(".tfplan"));

const listInstances = ({ module, mode, type, name, instances }: StateResource): Resource[] =>
  instances.map(({ index_key: key, attributes: values }) => {
    const parts = [module ?? [], mode === "data" ? "data" : [], type, name].flat();
    return { address: parts.join(".") + (key === undefined ? "" : `[${JSON.stringify(key)}]`), type, values };
  });

export async function succeed(
  result: Promise<CommandResult>,
  args: readonly string[],
  help = "",
): Promise<string> {
  const done = await result;
  if (done.status !== 0) throw new Error(explain(args, done, help));
  return done.stdout;
}

const explain = (args: readonly string[], { status, stdout, stderr }: CommandResult, help = ""): string =>
  [
    `terraform ${args.join(" ")} ${status === null ? `took more than ${TIMEOUT} s` : `ended with ${status}`}`,
    stderr.trim() || stdout.slice(-2_000),
    help,
  ]
    .filter((part) => part !== "")
    .join("\n");

/** Waits until `holds` returns true. Resolves to the seconds that this took. @throws Error after `seconds` */
export async function waitUntil(seconds: number, holds: () => Promise<boolean>): Promise<number> {
  const startedAt = Date.now();
  for (;;) {
    if (await holds()) return (Date.now() - startedAt) / 1_000;
    if (Date.now() - startedAt > seconds * 1_000)
      throw new Error(`The condition was not true within ${seconds} s`);
    await sleep(250);
  }
}
