import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const FOLDER = ".terraform/providers/registry.terraform.io/hashicorp/aws";

/** A running AWS provider, which Terraform calls instead of starting its own for each run of a test. */
export interface Provider {
  /** Variable with which Terraform finds it. */
  readonly environment: { readonly TF_REATTACH_PROVIDERS: string };
  stop(): Promise<void>;
}

/**
 * Starts the provider that `terraform init` has installed in `folder`. Only for a mocked provider: Terraform takes
 * schema and validation from it and configures none, so the runs share nothing.
 *
 * @throws Error if it does not start
 */
export async function startProvider(folder: string, env: NodeJS.ProcessEnv): Promise<Provider> {
  const child = spawn(findProgram(join(folder, FOLDER)), ["-debug"], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(child, "close");
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  for await (const line of createInterface(child.stdout)) {
    const TF_REATTACH_PROVIDERS = /TF_REATTACH_PROVIDERS='(.+)'/.exec(line)?.[1];
    if (TF_REATTACH_PROVIDERS === undefined) continue;
    child.stdout.resume();
    return { environment: { TF_REATTACH_PROVIDERS }, stop };
  }
  throw new Error("The AWS provider does not start with -debug");
}

/** Returns the program in `VERSION/PLATFORM/`. */
function findProgram(folder: string): string {
  const [version = ""] = readdirSync(folder);
  const [platform = ""] = readdirSync(join(folder, version));
  const files = join(folder, version, platform);
  const name = readdirSync(files).find((file) => file.startsWith("terraform-provider-aws"));
  if (name === undefined) throw new Error(`No AWS provider is in ${files}`);
  return join(files, name);
}
