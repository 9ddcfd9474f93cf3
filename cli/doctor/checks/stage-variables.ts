import { type Check, error, examineRead, warning } from "../check.ts";
import { deployAgain } from "../fixes.ts";

export const stageVariables: Check = {
  name: "stage-variables",
  claim: "the stage has the variable of each group, with the value of this layout",
  find: ({ stage, build, target }) =>
    examineRead(stage, ({ variables }) => [
      ...Object.entries(build.stageVariables).flatMap(([name, value]) =>
        variables[name] === value
          ? []
          : [
              error(
                `the stage variable ${name} is ${variables[name] ?? "missing"}, but must be ${value}: requests of its group get ${variables[name] ? "500" : "401"}`,
                deployAgain(target),
              ),
            ],
      ),
      ...Object.keys(variables)
        .filter((name) => name.startsWith("portcullis_") && build.stageVariables[name] === undefined)
        .map((name) =>
          warning(`the stage variable ${name} belongs to no group of this build`, deployAgain(target)),
        ),
    ]),
};
