import { type DeployContext, StepFailed } from "./step.ts";

/** The root module's outputs that a deployment reads. None is there before the first apply. */
export interface Outputs {
  readonly url?: unknown;
  readonly api_id?: unknown;
  readonly domain_target?: { readonly name: string };
  readonly authorizer?: { readonly function: string; readonly version: string; readonly alias: string };
  readonly canary?: { readonly version?: unknown; readonly weight?: unknown };
  readonly table_name?: unknown;
  readonly keeper?: unknown;
}

/** Reads the outputs of Terraform's state, which leaves out those that are null. @throws StepFailed */
export async function readOutputs({ run }: Pick<DeployContext, "run">): Promise<Outputs> {
  const { status, stdout } = await run("terraform", ["output", "-json"], { capture: true });
  if (status !== 0)
    throw new StepFailed(`terraform output ended with ${status}`, "run terraform output to see the outputs");
  const outputs = JSON.parse(stdout || "{}") as Readonly<Record<string, { readonly value?: unknown }>>;
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, { value }]) => (value == null ? [] : [[name, value]])),
  );
}
