import type { Caller } from "../../decision/caller.ts";
import type { MembershipState } from "../../decision/memberships.ts";
import type { Rules } from "../model/rules-json.ts";
import type { PolicySimulator } from "../simulate/simulate.ts";
import { explain } from "./explain.ts";
import { type ExplanationStep, printEdit, printPosition } from "./step.ts";

/**
 * Prints what decides a request: the deciding step and its edit if it is denied, else the steps that give access.
 *
 * @param folder a path prefix of the positions, such as `policies/`
 */
export function reasonLines(
  rules: Rules,
  simulator: PolicySimulator,
  caller: Caller,
  request: { readonly method: string; readonly path: string },
  { membershipState, folder }: { readonly membershipState: MembershipState | null; readonly folder: string },
): string[] {
  return stepLines(explain(rules, simulator, caller, request, membershipState).steps, folder);
}

/** Prints what decides of an explanation's steps, as {@link reasonLines} does. */
export function stepLines(steps: readonly ExplanationStep[], folder: string): string[] {
  const decisive = steps.find(({ decides }) => decides);
  if (decisive === undefined)
    return steps.filter(({ effect }) => effect === "gives").map((step) => printStep(step, folder));
  const change = decisive.edit === undefined ? [] : [`to change: ${printEdit(decisive.edit, folder)}`];
  return [printStep(decisive, folder), ...change];
}

function printStep({ text, at }: ExplanationStep, folder: string): string {
  if (at === undefined) return text;
  return `${text} (${"item" in at ? at.item : printPosition(at, folder)})`;
}
