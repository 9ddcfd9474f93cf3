import { type Check, error, joinNames } from "../check.ts";
import { deployAgain, isOtherBuild } from "../fixes.ts";

export const build: Check = {
  name: "build",
  claim: "the build is up to date with the policy files, has this environment, and is the deployed one",
  find(state) {
    const { edited, environments } = state.build;
    const { environment } = state.target;
    return [
      ...(edited.length === 0
        ? []
        : [error(`policy files changed after the build: ${joinNames(edited)}`, "npx portcullis build")]),
      ...(environments.includes(environment)
        ? []
        : [
            error(
              `the build has no environment ${environment}, only ${joinNames(environments)}`,
              "npx portcullis build",
            ),
          ]),
      ...(isOtherBuild(state)
        ? [
            error(
              "another build was deployed (build_digest): the findings below may only be changes that are not deployed yet",
              `${deployAgain(state.target)}, or check out the deployed commit and run npx portcullis build`,
            ),
          ]
        : []),
    ];
  },
};
