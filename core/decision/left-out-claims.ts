import type { ClaimPath } from "../model/items.ts";
import { claimAt } from "./claims.ts";

/**
 * Returns whether the issuer left the claim out of the token because it is too long or stored elsewhere. Then
 * `_claim_names` names it (OpenID Connect Core 1.0, section 5.6.2). Entra does this for more than 200 groups,
 * and writes `hasgroups` instead in tokens of the implicit flow.
 */
export function isLeftOut(payload: Readonly<Record<string, unknown>>, [name = ""]: ClaimPath): boolean {
  if (claimAt(payload, [name]) !== undefined) return false;
  if (claimAt(payload, ["_claim_names", name]) !== undefined) return true;
  const hasGroups = claimAt(payload, ["hasgroups"]);
  return name === "groups" && hasGroups !== undefined && hasGroups !== false;
}
