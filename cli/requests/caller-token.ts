import { supposedCaller } from "../../core/decision/caller.ts";
import { isClientPattern } from "../../core/model/client-ceilings.ts";
import type { IssuerDefinition } from "../../core/policy-files/model/issuer-presets.ts";
import type { PolicyTest } from "../../core/policy-files/simulate/policy-tests.ts";
import {
  type PolicySimulator,
  type Simulation,
  simulate,
} from "../../core/policy-files/simulate/simulate.ts";
import type { TokenRequest } from "../../local/identity-provider/identity-provider.ts";
import { put } from "../../local/identity-provider/write-claims.ts";

/** A token with which a policy test's request is decided as the test expects. */
export interface CallerToken {
  readonly issuer: string;
  readonly request: TokenRequest;
}

/** The subject of a test's caller without one. */
const SOMEBODY = "somebody";

/**
 * Finds a token for the caller of a policy test. A test names neither issuer nor client if any will do, but a token has
 * both: returns the first combination with the same outcome and reason, and undefined if there is none.
 *
 * @param issuers the issuers that the local stack mints tokens for
 */
export function findCallerToken(
  { as, method, path }: PolicyTest,
  expected: Simulation,
  simulator: PolicySimulator,
  issuers: readonly IssuerDefinition[],
): CallerToken | undefined {
  for (const issuer of issuers.filter(({ name }) => as.issuer === undefined || name === as.issuer)) {
    if (!as.roles.every((role) => canName(issuer, role))) continue;
    const claims = Object.fromEntries(
      Object.entries(as.claims).filter(([key]) => Object.hasOwn(issuer.pass ?? {}, key)),
    );
    for (const client of as.clientId === undefined ? clientsOf(issuer) : [as.clientId]) {
      const who = { ...as, claims, subject: as.subject ?? SOMEBODY, issuer: issuer.name, clientId: client };
      const found = simulate(simulator, supposedCaller(who), method, path);
      if (!isSame(found, expected)) continue;
      return {
        issuer: issuer.name,
        request: {
          tenants: [as.tenant],
          roles: as.roles,
          subject: who.subject,
          scopes: as.scopes,
          ...(client !== undefined && client !== "" && { client }),
          claims: { ...forwarded(claims, issuer), ...(as.delegate && { act: { sub: as.delegate.subject } }) },
        },
      };
    }
  }
  return undefined;
}

/** Returns whether a token of an issuer can give a role. */
const canName = ({ staff, memberships, roleNames }: IssuerDefinition, role: string): boolean =>
  staff !== true &&
  memberships !== "instead" &&
  (roleNames === undefined || Object.values(roleNames).some((names) => names.includes(role)));

/** The clients that a token can name; empty for a token without one, undefined where no ceiling applies. */
function clientsOf({ ceilings }: IssuerDefinition): readonly (string | undefined)[] {
  if (ceilings === undefined) return [undefined];
  const named = [...ceilings.clients.keys()].filter((entry) => !isClientPattern(entry));
  return named.length === 0 ? [""] : named;
}

/** Returns the claims that an issuer forwards under these keys. */
function forwarded(
  claims: Readonly<Record<string, string>>,
  { pass }: IssuerDefinition,
): Record<string, unknown> {
  const payload: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(claims)) {
    const path = pass?.[key];
    if (path !== undefined) put(payload, path, value);
  }
  return payload;
}

const isSame = (one: Simulation, other: Simulation): boolean =>
  one.outcome === other.outcome && reasonOf(one) === reasonOf(other);

const reasonOf = (simulation: Simulation) => ("reason" in simulation ? simulation.reason : undefined);
