import { type Check, error, given, warning } from "../check.ts";
import { deployAgain } from "../fixes.ts";

export const stageVariables: Check = {
  name: "stage-variables",
  claim: "the stage has the groups' variables, each with this layout's value",
  find: ({ stage, build, target }) =>
    given(stage, ({ variables }) => [
      ...Object.entries(build.stageVariables).flatMap(([name, value]) =>
        variables[name] === value
          ? []
          : [
              error(
                `the stage variable ${name} is ${variables[name] ?? "missing"}, and must be ${value}: its group's requests get ${variables[name] ? "500" : "401"}`,
                deployAgain(target),
              ),
            ],
      ),
      ...Object.keys(variables)
        .filter((name) => name.startsWith("portcullis_") && build.stageVariables[name] === undefined)
        .map((name) =>
          warning(`the stage variable ${name} is of no group of this build`, deployAgain(target)),
        ),
    ]),
};
