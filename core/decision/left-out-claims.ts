import type { ClaimPath } from "../model/items.ts";
import { claimAt } from "./claims.ts";

/**
 * Whether the issuer had the claim and left it out, because it is long or kept elsewhere: `_claim_names` says so
 * (OpenID Connect Core 1.0, section 5.6.2). Entra does that with more than 200 groups, and in tokens of the
 * implicit flow writes `hasgroups` in their place.
 */
export function isLeftOut(payload: Readonly<Record<string, unknown>>, [name = ""]: ClaimPath): boolean {
  if (claimAt(payload, [name]) !== undefined) return false;
  if (claimAt(payload, ["_claim_names", name]) !== undefined) return true;
  const hasGroups = claimAt(payload, ["hasgroups"]);
  return name === "groups" && hasGroups !== undefined && hasGroups !== false;
}
