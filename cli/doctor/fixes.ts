import type { State } from "./state.ts";
import type { Target } from "./target.ts";

/** What brings whatever Terraform watches to what it should be. */
export const deployAgain = ({ environment, adopted }: Target): string =>
  adopted ? "terraform apply, in your own configuration" : `npx portcullis deploy ${environment}`;

/** Whether what was deployed is another build than the one that is looked at. */
export const isOtherBuild = ({ target, build }: Pick<State, "target" | "build">): boolean =>
  target.buildDigest !== undefined && target.buildDigest !== build.digest;

/**
 * What brings the API to what was built. Terraform sees no change that was made by hand inside an API that it made of
 * a body, and would find nothing to do.
 */
export function importAgain(state: Pick<State, "target" | "build">): string {
  const { target } = state;
  if (target.adopted || isOtherBuild(state)) return deployAgain(target);
  return `put the definition that Terraform has back (docs/operations.md, "Doctor"): aws apigateway put-rest-api --rest-api-id ${target.api} --mode overwrite --body fileb://api.json`;
}

/** What has the stage take over the API as it is now. */
export function deployStage({ target }: Pick<State, "target">): string {
  if (target.adopted) return "terraform apply -replace=<your aws_api_gateway_deployment>";
  const { environment } = target;
  return `terraform apply -var-file=environments/${environment}.tfvars -replace="$(terraform state list | grep aws_api_gateway_deployment)"`;
}
