import { readOutputs } from "./outputs.ts";
import { type DeployStep, StepFailed } from "./step.ts";

/**
 * Chooses the version that keeps the rest of the requests next to a canary. Fails if a canary runs and no flag says
 * what to do with it, so that none is promoted by accident.
 */
export const chooseCanary: DeployStep = {
  name: "versions of the authorizer",
  next: "run terraform output to see the outputs",
  async run({ run, canary, promote, print }) {
    const { canary: running, authorizer } = await readOutputs({ run });
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
    const stable = authorizer?.version;
    if (stable === undefined)
      throw new StepFailed(
        "nothing is deployed yet that could be the stable version next to a canary",
        "deploy without --canary",
      );
    print(`Version ${stable} keeps ${100 - canary} % of the requests`);
    return { canary: { stable_version: stable, weight: canary / 100 } };
  },
};
