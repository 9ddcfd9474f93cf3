import { plural } from "../../core/model/plural.ts";
import { readBuild } from "../doctor/build.ts";
import type { DoctorFinding } from "../doctor/check.ts";
import { authorizers } from "../doctor/checks/authorizers.ts";
import { routes } from "../doctor/checks/routes.ts";
import type { ApiReading } from "../doctor/state.ts";
import { type DeployStep, StepFailed } from "./step.ts";

/**
 * Compares the routes and authorizers of a deployed HTTP API with the build: an import leaves out what API Gateway cannot
 * import, such as a JWT authorizer whose issuer cannot be reached, and Terraform does not see it.
 */
export const compareHttpApi: DeployStep = {
  name: "compare the API with the build",
  next: "correct the cause, then deploy again; npx portcullis doctor prints each fix",
  async run({ environment, policyFolder, buildFolder, print, readHttpApi }, { policies, apiId }) {
    if (policies === undefined || apiId === undefined) throw new Error("The API's id was not read");
    const build = readBuild(buildFolder, policyFolder, undefined);
    const value: ApiReading = await readHttpApi(apiId).catch((error: unknown) => {
      throw new StepFailed(
        `the API cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        "allow apigateway:GET for your AWS identity, then run npx portcullis doctor",
      );
    });
    const names = { environment, api: apiId, stage: "$default", table: "", function: "" };
    const target = { ...names, url: undefined, adopted: false, mode: build.mode };
    const unknown = { stalenessSeconds: undefined, buildDigest: undefined, keeper: undefined };
    const config = { failure: { why: "the function is not read", fix: "" } };
    const state = { target: { ...target, ...unknown }, build, policies: policies[0], api: { value }, config };
    const findings: readonly DoctorFinding[] = [...routes.find(state), ...authorizers.find(state)];
    const errors = findings.filter(({ severity }) => severity === "error");
    for (const { evidence } of errors) print(evidence);
    if (errors.length > 0)
      throw new StepFailed(`API Gateway did not import the build: ${plural(errors.length, "difference")}`);
    print(`${plural(value.shape.guards.size, "route")} are as built`);
    return {};
  },
};
