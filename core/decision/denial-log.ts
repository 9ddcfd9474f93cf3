import { printShape } from "../model/claim-shape.ts";
import { decisiveFinding, type Finding, type FindingOf, type ReadClaim } from "./finding.ts";

/**
 * What a log line says about a denied request, without personal data: no value of a claim, no part of the path. An
 * absent field was not reached, or the route does not have it.
 */
export interface DenialLog {
  /** The check that decides. */
  readonly check: Finding["check"];
  /** The claim that the caller was read from, its type and the number of its entries. */
  readonly claim?: string;
  readonly found?: string;
  /** The scopes that the route needs, and whether the token has all of them. */
  readonly neededScopes?: readonly string[];
  readonly scopesPresent?: boolean;
  /** Whether the path has the caller's own values, where the route is granted bound. */
  readonly bindingMatched?: boolean;
}

/**
 * Returns the log fields of a denied request; undefined if no finding denies it.
 *
 * @example
 * import { denialLog } from "./denial-log.ts";
 * import { routeKey } from "../model/route.ts";
 *
 * const route = routeKey("GET", "/documents");
 * const needed = { check: "scopes", denies: "scope_missing", route, needed: ["docs"], missing: ["docs"] } as const;
 * denialLog([needed]); // => {"check":"scopes","neededScopes":["docs"],"scopesPresent":false}
 */
export function denialLog(findings: readonly Finding[]): DenialLog | undefined {
  const decisive = decisiveFinding(findings);
  if (decisive === undefined) return undefined;
  const fields = findings.map((finding) => {
    const log = LOGGED[finding.check] as ((finding: Finding) => Partial<DenialLog>) | undefined;
    return finding === decisive || finding.check === "scopes" ? (log?.(finding) ?? {}) : {};
  });
  return Object.assign({ check: decisive.check }, ...fields);
}

const readClaim = ({ claim, found }: ReadClaim): Partial<DenialLog> => ({
  claim: claim.join("."),
  found: printShape(found),
});

/** What is logged of each finding; null: nothing but its name. */
const LOGGED: {
  readonly [Name in Finding["check"]]: ((finding: FindingOf<Name>) => Partial<DenialLog>) | null;
} = {
  roles_left_out: ({ claim }) => ({ claim: claim.join(".") }),
  tenant_claim: readClaim,
  roles_per_tenant: readClaim,
  roles_claim: null,
  scopes_claim: null,
  issuer: null,
  membership_source: null,
  membership: null,
  member: null,
  tenant: null,
  tenant_issuers: null,
  tenant_directory: null,
  tenant_status: null,
  revocation: null,
  no_roles: null,
  role_held: null,
  role_grants: null,
  never: null,
  ceiling: null,
  client_ceiling: null,
  client_scopes: null,
  scopes: ({ needed, missing }) => ({ neededScopes: needed, scopesPresent: missing.length === 0 }),
  binding: () => ({ bindingMatched: false }),
  granted: null,
  resource_length: null,
  context_size: null,
  request: ({ verdict }) => (verdict === "bound_value" ? { bindingMatched: false } : {}),
  response: null,
};
