import type { CheckedParameter, FindingOf, Report } from "../decision/finding.ts";
import type { ResolvedRoute } from "../decision/resolve-route.ts";
import type { BoundValues } from "../model/grant.ts";
import { arnSpellings, decodeAscii } from "../model/method-arn.ts";
import { matchPath } from "../model/route.ts";
import { evaluatePolicy, type PolicyDecision } from "./evaluate.ts";
import type { PolicyDocument } from "./policy-document.ts";
import { MAX_RESOURCE_LENGTH } from "./resource-size.ts";

/**
 * Evaluates a policy for one request. The request is allowed only if the policy allows each spelling of its ARN,
 * because AWS does not document which one it evaluates. Returns the first decision that does not allow.
 *
 * @example
 * import { evaluateRequest } from "./request-outcome.ts";
 * import type { PolicyDocument } from "./policy-document.ts";
 *
 * const base = "arn:aws:execute-api:eu-west-1:123456789012:a1b2/dev";
 * const policy: PolicyDocument = {
 *   Version: "2012-10-17",
 *   Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: `${base}/GET/users/ann` }],
 * };
 * evaluateRequest(policy, `${base}/GET/users/ann`).decision; // => "allow"
 * evaluateRequest(policy, `${base}/GET/users/a%6En`).decision; // => "no-match"
 */
export function evaluateRequest(policy: PolicyDocument, methodArn: string): PolicyDecision {
  const decisions = arnSpellings(methodArn).map((arn) => evaluatePolicy(policy, arn));
  const [first] = decisions;
  return decisions.find(({ decision }) => decision !== "allow") ?? first ?? { decision: "no-match" };
}

/**
 * Reports whether the policy allows the request's own path, for a route that it grants.
 *
 * @param alternatives the bound values under which the route is granted
 */
export function reportRequest(
  resolved: ResolvedRoute,
  policy: PolicyDocument,
  alternatives: readonly BoundValues[],
  report: Report,
): void {
  const { base, method, path } = resolved.arn;
  const { decision } = evaluateRequest(policy, `${base}/${method}${path}`);
  const parameters = closest(resolved, policy, alternatives);
  const route = resolved.route.key;
  if (decision === "allow") report({ check: "request", denies: null, route, verdict: "allowed", parameters });
  else {
    const verdict = denialVerdict(resolved, decision, parameters);
    report({ check: "request", denies: "route_not_granted", route, verdict, parameters });
  }
}

type Verdict = FindingOf<"request">["verdict"];

function denialVerdict(
  { arn: { base, method, path } }: ResolvedRoute,
  decision: PolicyDecision["decision"],
  parameters: readonly CheckedParameter[],
): Verdict {
  if (decodeAscii(path).includes("//")) return "empty_segment";
  if (decision === "explicit-deny") return "extra_segment";
  if (parameters.some(({ verdict }) => verdict !== "own")) return "bound_value";
  const isTooLong = parameters.length > 0 && `${base}/${method}${path}`.length > MAX_RESOURCE_LENGTH;
  return isTooLong ? "resource_length" : "path_spelling";
}

/** Returns the parameters of the alternative of which the request has most values. */
function closest(
  resolved: ResolvedRoute,
  policy: PolicyDocument,
  alternatives: readonly BoundValues[],
): readonly CheckedParameter[] {
  const own = (parameters: readonly CheckedParameter[]): number =>
    parameters.filter(({ verdict }) => verdict !== "other").length - parameters.length;
  const [first = [], ...others] = alternatives.map((values) => checkParameters(resolved, policy, values));
  return others.reduce((best, one) => (own(one) > own(best) ? one : best), first);
}

function checkParameters(
  { route, arn }: ResolvedRoute,
  policy: PolicyDocument,
  values: BoundValues,
): CheckedParameter[] {
  const sent = matchPath(route.segments, arn.path) ?? {};
  const allowed = allowedPaths(policy, `${arn.base}/${arn.method}/`);
  return Object.entries(values).map(([name, value]) => {
    const at = route.segments.findIndex((segment) => segment.kind !== "literal" && segment.name === name);
    const accepted = [
      ...new Set(allowed.map((path) => path[at] ?? "").filter((spelling) => decodes(spelling, value))),
    ];
    const spelling = sent[name] ?? "";
    const isAccepted = accepted.includes(spelling) && accepted.includes(decodeAscii(spelling));
    return { name, verdict: isAccepted ? "own" : decodes(spelling, value) ? "spelling" : "other", accepted };
  });
}

/** Lists the segments of each path that a policy allows for a method. */
const allowedPaths = ({ Statement }: PolicyDocument, prefix: string): string[][] =>
  Statement.filter(({ Effect }) => Effect === "Allow")
    .flatMap(({ Resource }) => Resource)
    .filter((resource) => resource.startsWith(prefix))
    .map((resource) => resource.slice(prefix.length).split("/"));

function decodes(spelling: string, value: string): boolean {
  try {
    return decodeURIComponent(spelling) === value;
  } catch {
    return false;
  }
}
