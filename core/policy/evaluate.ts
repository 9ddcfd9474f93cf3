import { matchesArnPattern } from "./arn-pattern.ts";
import { type ConditionBlock, every, some } from "./condition.ts";
import type { PolicyDocument, PolicyStatement } from "./policy-document.ts";

/** The result of an evaluation, with the index of the statement that decided. */
export interface PolicyDecision {
  readonly decision: "allow" | "explicit-deny" | "no-match";
  readonly statement?: number;
}

/** Evaluates the `Condition` of a statement; undefined means undecidable. */
export type EvaluateCondition = (block: ConditionBlock) => boolean | undefined;

/** The default, which suits our own policies because they have no conditions. */
const undecidable: EvaluateCondition = () => undefined;

const INVOKE = "execute-api:invoke";

/**
 * Evaluates a policy as IAM does: any Deny that applies wins, then any Allow that applies, else no statement
 * matches.
 *
 * Fails closed. A statement with an unknown condition operator or key, an unreadable value, an empty list, or
 * a `${…}` in a Resource (variables are not resolved here) is undecidable: it applies if it denies, and does
 * not apply if it allows. Never throws.
 *
 * @param methodArn the request's
 *   `arn:{partition}:execute-api:{region}:{account}:{apiId}/{stage}/{METHOD}/{path}`
 * @param conditions evaluates a statement's `Condition`; without it, a statement with a condition is
 *   undecidable
 * @example
 * import { evaluatePolicy } from "./evaluate.ts";
 * import type { PolicyDocument } from "./policy-document.ts";
 *
 * const base = "arn:aws:execute-api:eu-west-1:123456789012:a1b2/dev";
 * const policy: PolicyDocument = {
 *   Version: "2012-10-17",
 *   Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: `${base}/GET/users/?*` }],
 * };
 * evaluatePolicy(policy, `${base}/GET/users/42`); // => {"decision":"allow","statement":0}
 * evaluatePolicy(policy, `${base}/PUT/users/42`).decision; // => "no-match"
 */
export function evaluatePolicy(
  document: PolicyDocument,
  methodArn: string,
  conditions: EvaluateCondition = undecidable,
): PolicyDecision {
  const applies = (statement: PolicyStatement) => statementApplies(statement, methodArn, conditions);
  const deny = document.Statement.findIndex((one) => one.Effect !== "Allow" && applies(one) !== false);
  if (deny >= 0) return { decision: "explicit-deny", statement: deny };
  const allow = document.Statement.findIndex((one) => one.Effect === "Allow" && applies(one) === true);
  return allow >= 0 ? { decision: "allow", statement: allow } : { decision: "no-match" };
}

function statementApplies(
  { Action, Resource, Condition = {} }: PolicyStatement,
  methodArn: string,
  conditions: EvaluateCondition,
): boolean | undefined {
  const parts = [
    () => some(listOf(Action), coversInvoke),
    () => some(listOf(Resource), (pattern) => coversResource(pattern, methodArn)),
    () => (Object.keys(Condition).length === 0 ? true : conditions(Condition)),
  ];
  return every(parts, (part) => part());
}

const listOf = (value: string | readonly string[]): readonly string[] =>
  typeof value === "string" ? [value] : value;

/**
 * Compares actions without regard to the case of ASCII letters: `toLowerCase` would also fold the Kelvin sign.
 */
function coversInvoke(action: string): boolean {
  const lower = action.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return matchesArnPattern(lower, INVOKE);
}

function coversResource(pattern: string, methodArn: string): boolean | undefined {
  // A literal match of the variable's own text would be an Allow that IAM never gives.
  return pattern.includes("${") ? undefined : matchesArnPattern(pattern, methodArn);
}
