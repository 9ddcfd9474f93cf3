import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { Engine, Question } from "../deciding/engine.ts";
import { flaggedKeys } from "./flagged-keys.ts";

/**
 * Starts Cedar with one policy per role and the routes as actions, as Amazon Verified Permissions sets up an API of API
 * Gateway. The policies are parsed beforehand; `statefulIsAuthorized` decides each request.
 */
export async function start({ api, tenant, subject, roles }: Question): Promise<Engine<boolean[]>> {
  const id = `policies-${api.routes.length}`;
  const staticPolicies = [...api.roles].map(([role, keys]) => {
    const actions = [...keys].map((key) => `Action::${JSON.stringify(key)}`).join(", ");
    return `permit(principal in Role::"${role}", action in [${actions}], resource == Tenant::"${tenant}");`;
  });
  const parsed = cedar.preparsePolicySet(id, { staticPolicies: staticPolicies.join("\n") });
  if (parsed.type !== "success")
    throw new Error(`Cedar could not parse the policies: ${JSON.stringify(parsed)}`);
  const principal = { type: "User", id: subject };
  const parents = roles.map((role) => ({ type: "Role", id: role }));
  const call = {
    principal,
    resource: { type: "Tenant", id: tenant },
    context: {},
    preparsedPolicySetId: id,
    entities: [{ uid: principal, attrs: {}, parents }],
  };
  const isAllowed = (key: string): boolean => {
    const result = cedar.statefulIsAuthorized({ ...call, action: { type: "Action", id: key } });
    if (result.type !== "success") throw new Error(`Cedar could not decide: ${JSON.stringify(result)}`);
    return result.response.decision === "allow";
  };
  return {
    name: "Cedar (wasm)",
    kind: "peer",
    decide: (routes) => routes.map(({ key }) => isAllowed(key)),
    grantedKeys: flaggedKeys,
  };
}
