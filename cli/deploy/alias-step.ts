import type { DeployStep } from "./step.ts";

const ATTEMPTS = 60;
const PAUSE_MS = 10_000;

/**
 * Waits until the alias has no weights. Lambda moves an alias with provisioned concurrency by weights of its own, which
 * the next plan would show as a change.
 */
export const settleAlias: DeployStep = {
  name: "alias of the authorizer",
  next: "",
  async run({ countWeights, print, wait }, { authorizer }) {
    if (authorizer === undefined) return {};
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if ((await countWeights(authorizer.function, authorizer.alias)) === 0) return {};
        if (attempt === 0)
          print(
            `Waiting until Lambda has moved ${authorizer.alias} to its new version; Ctrl-C loses nothing`,
          );
        await wait(PAUSE_MS);
      }
      print("Lambda still moves the alias: until it is done, a plan shows a change of its routing_config");
    } catch (error) {
      print(`The alias cannot be read (${(error as Error).name}), so it is not known whether it has moved`);
    }
    return {};
  },
};
