import { type Check, error, listed } from "../check.ts";
import { deployAgain, isOtherBuild } from "../fixes.ts";

export const build: Check = {
  name: "build",
  claim: "the build is of these policy files, has this environment, and is the one that was deployed",
  find(state) {
    const { edited, environments } = state.build;
    const { environment } = state.target;
    return [
      ...(edited.length === 0
        ? []
        : [
            error(`policy files changed since the build was made: ${listed(edited)}`, "npx portcullis build"),
          ]),
      ...(environments.includes(environment)
        ? []
        : [error(`the build knows ${listed(environments)}, and not ${environment}`, "npx portcullis build")]),
      ...(isOtherBuild(state)
        ? [
            error(
              "another build was deployed (build_digest): what is told below may be no more than what is not deployed yet",
              `${deployAgain(state.target)}, or check out what was deployed and npx portcullis build`,
            ),
          ]
        : []),
    ];
  },
};
