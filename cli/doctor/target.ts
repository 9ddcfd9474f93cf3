import { CACHING_MODES, type CachingMode } from "../../core/model/layout.ts";
import { shellQuote } from "../../core/policy-files/source/shell-quote.ts";
import { runHere } from "../deploy/run-command.ts";
import { UsageError } from "../shared/flags.ts";

/** The deployment to examine, with its Terraform outputs. */
export interface Target {
  readonly environment: string;
  readonly api: string;
  readonly stage: string;
  readonly table: string;
  readonly function: string;
  readonly url: string | undefined;
  /** The API has another owner, and only our authorizers were added to it. */
  readonly adopted: boolean;
  /** Undefined if flags name the deployment; then the build's mode applies. */
  readonly mode: CachingMode | undefined;
  /** The sum of API Gateway's TTL and the function's. */
  readonly stalenessSeconds: number | undefined;
  /** SHA-256 of the manifest of the deployed build. */
  readonly buildDigest: string | undefined;
  /** Who keeps the items that the policy files own: `terraform` or `publish`. */
  readonly keeper: string | undefined;
}

export interface TargetFlags {
  readonly environment: string;
  readonly api?: string | undefined;
  readonly stage?: string | undefined;
  readonly table?: string | undefined;
  readonly function?: string | undefined;
  readonly url?: string | undefined;
  readonly adopted: boolean;
}

const NAMED = ["api", "stage", "table", "function"] as const;
const EXPECTED = ["api_id", "stage", "table_name", "authorizer", "caching_mode"] as const;

/** Returns the deployment that the flags name, or else the one of Terraform's outputs here. @throws UsageError */
export async function readTarget(flags: TargetFlags): Promise<Target> {
  const { environment, url, adopted } = flags;
  const missing = NAMED.filter((name) => flags[name] === undefined);
  if (missing.length === NAMED.length) return targetOf(await terraformOutputs(environment), flags);
  if (missing.length > 0)
    throw new UsageError(
      `--${missing.join(", --")} ${missing.length === 1 ? "is" : "are"} missing: name all of --${NAMED.join(", --")}, or none`,
    );
  const [api, stage, table, authorizer] = NAMED.map((name) => flags[name] ?? "");
  return {
    ...{
      environment,
      url,
      adopted,
      mode: undefined,
      stalenessSeconds: undefined,
      buildDigest: undefined,
      keeper: undefined,
    },
    ...{ api: api ?? "", stage: stage ?? "", table: table ?? "", function: authorizer ?? "" },
  };
}

type Outputs = Readonly<Record<string, unknown>>;

async function terraformOutputs(environment: string): Promise<Outputs> {
  const { status, stdout } = await runHere("terraform", ["output", "-json"], { capture: true });
  const hint = `run this command where Terraform is initialised (terraform init -reconfigure -backend-config=${shellQuote(`environments/${environment}.tfbackend`)}), or name --${NAMED.join(", --")}`;
  if (status === "missing")
    throw new UsageError(`there is no terraform on PATH: install it, or name --${NAMED.join(", --")}`);
  if (status !== 0) throw new UsageError(`terraform output ended with ${status}: ${hint}`);
  const outputs = JSON.parse(stdout) as Readonly<Record<string, { readonly value?: unknown }>>;
  const values = Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
  const missing = EXPECTED.filter((name) => values[name] === undefined);
  if (missing.length > 0)
    throw new UsageError(`Terraform here lacks the output ${missing.join(", ")}: ${hint}`);
  return values;
}

/** Reads the deployment from Terraform's outputs. @throws UsageError if they belong to another environment */
export function targetOf(outputs: Outputs, { environment, url, adopted }: TargetFlags): Target {
  const stage = String(outputs["stage"]);
  // An HTTP API's stage is $default in every environment.
  if (stage !== environment && stage !== "$default" && !adopted)
    throw new UsageError(
      `Terraform is initialised for ${stage} here, not for ${environment}: run terraform init -reconfigure -backend-config=${shellQuote(`environments/${environment}.tfbackend`)}`,
    );
  const { function: name = "" } = outputs["authorizer"] as { readonly function?: string };
  return {
    environment,
    adopted,
    stage,
    api: String(outputs["api_id"]),
    table: String(outputs["table_name"]),
    function: name,
    url: url ?? stringOutput(outputs, "url"),
    mode: CACHING_MODES.find((mode) => mode === outputs["caching_mode"]),
    stalenessSeconds:
      typeof outputs["staleness_seconds"] === "number" ? outputs["staleness_seconds"] : undefined,
    buildDigest: stringOutput(outputs, "build_digest"),
    keeper: stringOutput(outputs, "keeper"),
  };
}

function stringOutput(outputs: Outputs, name: string): string | undefined {
  const value = outputs[name];
  return typeof value === "string" ? value : undefined;
}
