import { loadPolicyFolder } from "../../../cli/shared/policy-folder.ts";
import type { PolicySet } from "../../../core/policy-files/model/policy-set.ts";
import type { Manifest } from "../../../packaging/artefacts.ts";
import type { Terraform } from "./support/terraform.ts";
import type { Workspace } from "./support/workspace.ts";

/** The root module's outputs. */
export interface Outputs {
  readonly url: string;
  readonly api_id: string;
  readonly stage: string;
  readonly caching_mode: string;
  readonly staleness_seconds: number;
  readonly table_name: string;
  readonly authorizer: { readonly function: string; readonly version: string; readonly alias: string };
  /** Absent or null without a canary. */
  readonly canary?: { readonly version: string; readonly weight: number } | null;
  readonly sampled_backends: readonly string[];
  readonly access_log_group: string;
  readonly monitoring: {
    readonly topic_arn: string;
    readonly dashboard: string;
    readonly alarms: readonly string[];
  } | null;
  readonly build_digest: string;
  readonly user_pool_id?: string;
  readonly user_pool_client_id?: string;
  readonly user_pool_issuer_url?: string;
}

type Json = Readonly<Record<string, unknown>>;

/** The deployed API definition. */
export interface Body extends Json {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

/** An environment that Terraform deployed, and its sources. */
export interface Deployed {
  readonly environment: string;
  readonly outputs: Outputs;
  readonly body: Body;
  readonly policies: PolicySet;
  readonly manifest: Manifest;
  readonly workspace: Workspace;
}

/** Reads the deployment from the state, with `terraform output` and `terraform show`, and not from the build. */
export async function readDeployed(
  workspace: Workspace,
  terraform: Terraform,
  environment: string,
  folder = "policies",
): Promise<Deployed> {
  const outputs = (await terraform.outputs()) as unknown as Outputs;
  const api = (await terraform.resources()).find(({ type }) => type === "aws_api_gateway_rest_api");
  if (api === undefined) throw new Error("The state has no aws_api_gateway_rest_api");
  const { policies, problems } = loadPolicyFolder(`${workspace.folder}/${folder}`, environment);
  if (policies === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  return {
    environment,
    outputs,
    body: JSON.parse(String(api.values["body"])) as Body,
    policies,
    manifest: JSON.parse(workspace.read("build/manifest.json")) as Manifest,
    workspace,
  };
}
