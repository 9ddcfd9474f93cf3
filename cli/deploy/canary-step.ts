import { type DeployStep, StepFailed } from "./step.ts";

interface Outputs {
  readonly authorizer?: { readonly value?: { readonly version?: unknown } };
  readonly canary?: { readonly value?: { readonly version?: unknown; readonly weight?: unknown } | null };
}

/**
 * Chooses the version that keeps the rest of the requests next to a canary. Fails if a canary runs and no flag says
 * what to do with it, so that none is promoted by accident.
 */
export const chooseCanary: DeployStep = {
  name: "versions of the authorizer",
  next: "run terraform output to see the outputs",
  async run({ run, canary, promote, print }) {
    const { status, stdout } = await run("terraform", ["output", "-json"], { capture: true });
    if (status !== 0) throw new StepFailed(`terraform output ended with ${status}`);
    const outputs = JSON.parse(stdout || "{}") as Outputs;
    const running = outputs.canary?.value ?? undefined;
    if (canary === undefined) {
      if (promote && running === undefined)
        throw new StepFailed("there is no canary to promote", "deploy without --promote");
      if (running !== undefined && !promote)
        throw new StepFailed(
          `version ${String(running.version)} is a canary with ${100 * Number(running.weight)} % of the requests`,
          "add --promote to send it all requests, --canary PERCENT for another share, or --canary 0 to send it none",
        );
      return {};
    }
    const stable = outputs.authorizer?.value?.version;
    if (typeof stable !== "string")
      throw new StepFailed(
        "nothing is deployed yet that could be the stable version next to a canary",
        "deploy without --canary",
      );
    print(`Version ${stable} keeps ${100 - canary} % of the requests`);
    return { canary: { stable_version: stable, weight: canary / 100 } };
  },
};
