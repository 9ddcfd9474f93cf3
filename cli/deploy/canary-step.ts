import { type DeployStep, StepFailed } from "./step.ts";

interface Outputs {
  readonly authorizer?: { readonly value?: { readonly version?: unknown } };
  readonly canary?: { readonly value?: { readonly version?: unknown; readonly weight?: unknown } | null };
}

/** Which version keeps the requests that a canary does not get; nobody promotes one by the way. */
export const chooseCanary: DeployStep = {
  name: "versions of the authorizer",
  next: "terraform output shows what there is",
  async run({ run, canary, promote, say }) {
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
          "--promote gives it all of them, --canary PERCENT another part, --canary 0 none",
        );
      return {};
    }
    const stable = outputs.authorizer?.value?.version;
    if (typeof stable !== "string")
      throw new StepFailed(
        "nothing is deployed yet that a canary could stand beside",
        "deploy without --canary",
      );
    say(`Version ${stable} keeps ${100 - canary} % of the requests`);
    return { canary: { stable_version: stable, weight: canary / 100 } };
  },
};
