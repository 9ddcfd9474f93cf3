import { matchesArnPattern } from "./arn-pattern.ts";
import { type ConditionBlock, every, some } from "./condition.ts";

export { matchesArnPattern };

/** The policy that a Lambda authorizer returns: an IAM policy on `execute-api:Invoke`. */
export interface PolicyDocument {
  Version: string;
  Statement: Statement[];
}

/** One statement of a {@link PolicyDocument}. */
export interface Statement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Action: string | string[];
  Resource: string | string[];
  Condition?: ConditionBlock;
}

/** The request that a policy is evaluated for. */
export interface PolicyRequest {
  /** `arn:{partition}:execute-api:{region}:{account}:{apiId}/{stage}/{VERB}/{path}`. */
  readonly methodArn: string;
  /** IPv4 or IPv6, for `aws:SourceIp`. */
  readonly sourceIp: string;
  /** For `aws:CurrentTime` and `aws:EpochTime`. */
  readonly now: Date;
}

/** The outcome, with the index of the statement that decided it. */
export interface PolicyDecision {
  readonly decision: "allow" | "explicit-deny" | "no-match";
  readonly statement?: number;
}

/** Whether a statement's conditions hold; undefined where that cannot be told. */
export type Conditions = (block: ConditionBlock, request: PolicyRequest) => boolean | undefined;

/** For policies of our own, which have none. */
const none: Conditions = (block) => (Object.keys(block).length === 0 ? true : undefined);

const INVOKE = "execute-api:invoke";

/**
 * Evaluates a policy as IAM does: any Deny that applies wins, then any Allow that applies, else no match.
 *
 * What cannot be told is read as closed. A statement with an unknown condition operator or key, an unreadable
 * value, an empty list, or a `${…}` in a Resource (nothing here resolves variables) applies if it denies and
 * does not if it allows. Never throws.
 *
 * @param conditions how conditions are read; absent: a statement that has one cannot be told
 * @example evaluatePolicy(document, { methodArn, sourceIp: "203.0.113.7", now: new Date() }, conditionHolds).decision
 */
export function evaluatePolicy(
  document: PolicyDocument,
  request: PolicyRequest,
  conditions: Conditions = none,
): PolicyDecision {
  const applies = document.Statement.map((statement) => statementApplies(statement, request, conditions));
  const deny = document.Statement.findIndex(
    ({ Effect }, index) => Effect !== "Allow" && applies[index] !== false,
  );
  if (deny >= 0) return { decision: "explicit-deny", statement: deny };
  const allow = document.Statement.findIndex(
    ({ Effect }, index) => Effect === "Allow" && applies[index] === true,
  );
  return allow >= 0 ? { decision: "allow", statement: allow } : { decision: "no-match" };
}

function statementApplies(
  statement: Statement,
  request: PolicyRequest,
  conditions: Conditions,
): boolean | undefined {
  return every([
    some([statement.Action].flat().map(coversInvoke)),
    some([statement.Resource].flat().map((pattern) => coversResource(pattern, request.methodArn))),
    conditions(statement.Condition ?? {}, request),
  ]);
}

/** Actions are compared without regard to case, of ASCII only: `toLowerCase` would also fold the Kelvin sign. */
function coversInvoke(action: string): boolean {
  const lower = action.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return matchesArnPattern(lower, INVOKE);
}

function coversResource(pattern: string, methodArn: string): boolean | undefined {
  // A literal match of the variable's own text would be an Allow that IAM never gives.
  return pattern.includes("${") ? undefined : matchesArnPattern(pattern, methodArn);
}
