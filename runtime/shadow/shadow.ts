import type { AuthorizeDeps } from "../../core/decision/authorize.ts";
import { parseCaller } from "../../core/decision/caller.ts";
import { claimsAfterVerification, type VerifiedClaims } from "../../core/decision/claims.ts";
import { isDenial } from "../../core/decision/denial.ts";
import { type AuthorizerRequest, resolveRoute } from "../../core/decision/resolve-route.ts";
import { selectedTenant } from "../../core/decision/selected-tenant.ts";
import { compareGrantedRoutes, findGrantedRoutes, type GrantedRoutes } from "../../core/decision/shadow.ts";
import { InternalError } from "../../core/model/errors.ts";
import type { Layout } from "../../core/model/layout.ts";
import { withinDeadline } from "../deadline.ts";
import type { PermissionsTable } from "../table/permissions-table.ts";
import { toFailure } from "../telemetry/failure.ts";

/** What the decision's line says of the candidate. */
export type ShadowResult =
  | {
      readonly candidate: string;
      /** Routes that the candidate would add, and take away, as far as {@link MOST_ROUTES} goes. */
      readonly gained: readonly string[];
      readonly lost: readonly string[];
      /** How many more of both there are. */
      readonly more?: number;
      /** Why the candidate would refuse everything. */
      readonly reason?: string;
    }
  | { readonly error: string };

/** Where the comparison is left for whoever has answered; it never rejects. Undefined: there is no candidate. */
export interface ShadowSlot {
  shadow?: () => Promise<ShadowResult | undefined>;
}

/** Looks on while a request is decided, and changes nothing of it. */
export type Shadow = (
  request: AuthorizerRequest,
  live: AuthorizeDeps,
  telemetry: ShadowSlot,
) => AuthorizeDeps;

/** What is read of the candidate's items. */
export interface CandidateTable extends Pick<PermissionsTable, "catalogue" | "load"> {
  candidate(): string;
}

const PATIENCE = 100;
const MOST_ROUTES = 20;

/**
 * Decides what is decided by the candidate's items too. They are read at the same time as the live ones.
 *
 * @param patience how long an answer that is made waits for the candidate's, in ms
 */
export const createShadow =
  (table: CandidateTable, patience = PATIENCE): Shadow =>
  (request, live, telemetry) => {
    let answered = (): GrantedRoutes => ({ routes: [] });
    return {
      ...live,
      async verifyToken(token) {
        const claims = await live.verifyToken(token);
        const candidate = candidateGrants(table, request, claims, live.layout);
        candidate.catch(() => undefined);
        telemetry.shadow = () =>
          withinDeadline(patience, async () => tell(table.candidate(), await candidate, answered())).catch(
            asError,
          );
        return claims;
      },
      async loadPermissions(caller) {
        const stored = await live.loadPermissions(caller);
        answered = () =>
          findGrantedRoutes(resolveRoute(request, live.layout)[0], caller, stored, live.layout);
        return stored;
      },
    };
  };

async function candidateGrants(
  table: CandidateTable,
  request: AuthorizerRequest,
  { issuer, payload, directory }: VerifiedClaims,
  layout: Layout,
): Promise<GrantedRoutes> {
  const [resolved] = resolveRoute(request, layout);
  const own = (await table.catalogue()).issuers.get(issuer.name);
  if (own === undefined) return { routes: [], reason: "issuer_not_allowed" };
  const caller = parseCaller(
    claimsAfterVerification(own, payload, directory),
    selectedTenant(request, resolved, layout),
  );
  if (isDenial(caller)) return { routes: [], reason: caller.reason };
  return findGrantedRoutes(resolved, caller, await table.load(caller), layout);
}

function tell(candidate: string, next: GrantedRoutes, live: GrantedRoutes): ShadowResult {
  const { gained, lost } = compareGrantedRoutes(live.routes, next.routes);
  const cut = [gained.slice(0, MOST_ROUTES), lost.slice(0, MOST_ROUTES)] as const;
  const more = gained.length + lost.length - cut[0].length - cut[1].length;
  return {
    candidate,
    gained: cut[0],
    lost: cut[1],
    ...(more > 0 && { more }),
    ...(next.reason !== undefined && { reason: next.reason }),
  };
}

/** A table without a candidate has nothing to tell. */
function asError(error: unknown): ShadowResult | undefined {
  if (error instanceof InternalError && error.code === "catalogue_missing") return undefined;
  return { error: error instanceof DOMException ? "late" : toFailure(error).code };
}
