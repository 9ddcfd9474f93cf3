import { shellQuote } from "../../core/policy-files/source/shell-quote.ts";
import type { State } from "./state.ts";
import type { Target } from "./target.ts";

/** Returns the command that corrects everything that Terraform detects as changed. */
export const deployAgain = ({ environment, adopted }: Target): string =>
  adopted ? "terraform apply, in your own configuration" : `npx portcullis deploy ${shellQuote(environment)}`;

/** Returns whether another build than the one in `build/` was deployed. */
export const isOtherBuild = ({ target, build }: Pick<State, "target" | "build">): boolean =>
  target.buildDigest !== undefined && target.buildDigest !== build.digest;

/**
 * Returns the command that restores the API as built. Terraform cannot, because it does not detect manual changes to
 * an API that it created from an OpenAPI body.
 */
export function importAgain(state: Pick<State, "target" | "build">): string {
  const { target, build } = state;
  if (target.adopted || isOtherBuild(state)) return deployAgain(target);
  if (build.http)
    return `import Terraform's definition of the API again (docs/operations.md, "Doctor"): aws apigatewayv2 reimport-api --api-id ${shellQuote(target.api)} --fail-on-warnings --body file://api.json`;
  return `import Terraform's definition of the API again (docs/operations.md, "Doctor"): aws apigateway put-rest-api --rest-api-id ${shellQuote(target.api)} --mode overwrite --body fileb://api.json`;
}

/** Returns the command that deploys the current API to the stage. */
export function deployStage({ target, build }: Pick<State, "target" | "build">): string {
  if (target.adopted) return "terraform apply -replace=<your aws_api_gateway_deployment>";
  const { environment } = target;
  return `terraform apply -var-file=${shellQuote(`environments/${environment}.tfvars`)} -replace="$(terraform state list | grep 'aws_api_gateway_deployment.*${build.alias}')"`;
}
