import type { AuthorizeDeps } from "../../core/decision/authorize.ts";
import { parseCaller } from "../../core/decision/caller.ts";
import { claimsAfterVerification, type VerifiedClaims } from "../../core/decision/claims.ts";
import { isDenial } from "../../core/decision/denial.ts";
import { collectFindings, decisiveFinding } from "../../core/decision/finding.ts";
import { type AuthorizerRequest, resolveRoute } from "../../core/decision/resolve-route.ts";
import { selectedTenant } from "../../core/decision/selected-tenant.ts";
import { compareGrantedRoutes, findGrantedRoutes, type GrantedRoutes } from "../../core/decision/shadow.ts";
import { InternalError } from "../../core/model/errors.ts";
import type { Layout } from "../../core/model/layout.ts";
import { withinDeadline } from "../deadline.ts";
import type { PermissionsTable } from "../table/permissions-table.ts";
import { toFailure } from "../telemetry/failure.ts";

/** What a decision's log line says about the candidate. */
export type ShadowResult =
  | {
      readonly candidate: string;
      /** Routes that the candidate would allow and the live items deny: the first {@link MAX_ROUTES}. */
      readonly gained: readonly string[];
      /** Routes that the live items allow and the candidate would deny: the first {@link MAX_ROUTES}. */
      readonly lost: readonly string[];
      /** How many more routes both lists would have. */
      readonly more?: number;
      /** Why the candidate would deny everything. */
      readonly reason?: string;
      /** The check by which the candidate would deny the request itself. */
      readonly check?: string;
    }
  | {
      /** Why the candidate could not be evaluated: an error code, or `late`. */
      readonly error: string;
    };

/** Slot in which the shadow evaluation stores its result for the logger. */
export interface ShadowSlot {
  /** Returns the comparison; undefined when there is no candidate. It never rejects. */
  shadow?: () => Promise<ShadowResult | undefined>;
}

/**
 * Evaluates the candidate while a request is decided, and does not change the decision. Returns the dependencies to
 * decide with, which are `live` with its calls observed.
 */
export type Shadow = (
  request: AuthorizerRequest,
  live: AuthorizeDeps,
  telemetry: ShadowSlot,
) => AuthorizeDeps;

/** The permissions table of the candidate's items. */
export interface CandidateTable extends Pick<PermissionsTable, "catalogue" | "load"> {
  /** Returns the name of the candidate that was read last. */
  candidate(): string;
}

/** How long a finished decision waits for the candidate's, in ms. */
const SHADOW_WAIT = 100;
/** The most routes that a log line lists. */
const MAX_ROUTES = 20;

/**
 * Creates a shadow, which also decides each request by the candidate's items. They are read at the same time as the
 * live ones.
 *
 * @param wait how long a finished decision waits for the candidate's, in ms
 */
export const createShadow =
  (table: CandidateTable, wait = SHADOW_WAIT): Shadow =>
  (request, live, telemetry) => {
    let liveGrants = (): GrantedRoutes => ({ routes: [] });
    return {
      ...live,
      async verifyToken(token) {
        const claims = await live.verifyToken(token);
        const candidate = findCandidateGrants(table, request, claims, live.layout);
        candidate.catch(() => undefined);
        telemetry.shadow = () =>
          withinDeadline(wait, async () => compare(table.candidate(), await candidate, liveGrants())).catch(
            toErrorResult,
          );
        return claims;
      },
      async loadPermissions(caller) {
        const stored = await live.loadPermissions(caller);
        liveGrants = () =>
          findGrantedRoutes(resolveRoute(request, live.layout)[0], caller, stored, live.layout);
        return stored;
      },
    };
  };

async function findCandidateGrants(
  table: CandidateTable,
  request: AuthorizerRequest,
  { issuer, payload, directory, issuerAt }: VerifiedClaims,
  layout: Layout,
): Promise<GrantedRoutes> {
  const [resolved] = resolveRoute(request, layout);
  // An issuer with an item of its own is in no catalogue, so the candidate uses the live one.
  const own = issuer.trust === null ? undefined : issuer;
  const candidateIssuer = (await table.catalogue()).issuers.get(issuer.name) ?? own;
  if (candidateIssuer === undefined) return { routes: [], reason: "issuer_not_allowed", check: "issuer" };
  const claims = claimsAfterVerification(candidateIssuer, payload, directory, issuerAt);
  const selected = selectedTenant(request, resolved, layout);
  const { result: caller, findings } = collectFindings((report) => parseCaller(claims, selected, report));
  if (isDenial(caller)) return { routes: [], reason: caller.reason, check: decisiveFinding(findings)?.check };
  return findGrantedRoutes(resolved, caller, await table.load(caller), layout);
}

function compare(candidate: string, next: GrantedRoutes, live: GrantedRoutes): ShadowResult {
  const { gained, lost } = compareGrantedRoutes(live.routes, next.routes);
  const first = { gained: gained.slice(0, MAX_ROUTES), lost: lost.slice(0, MAX_ROUTES) };
  const more = gained.length + lost.length - first.gained.length - first.lost.length;
  return {
    candidate,
    ...first,
    ...(more > 0 && { more }),
    ...(next.reason !== undefined && { reason: next.reason }),
    ...(next.check !== undefined && { check: next.check }),
  };
}

/** Returns undefined for a table without a candidate. */
function toErrorResult(error: unknown): ShadowResult | undefined {
  if (error instanceof InternalError && error.code === "catalogue_missing") return undefined;
  return { error: error instanceof DOMException ? "late" : toFailure(error).code };
}
