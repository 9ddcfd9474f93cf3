import type { Collaborators } from "../../core/decision/authorize.ts";
import { callerFrom } from "../../core/decision/caller.ts";
import { claimsAfterVerification, type VerifiedClaims } from "../../core/decision/claims.ts";
import { isRefusal } from "../../core/decision/denial.ts";
import { type AuthorizerRequest, locate } from "../../core/decision/resolve-route.ts";
import { selectedTenant } from "../../core/decision/selected-tenant.ts";
import { compareGranted, type Granted, grantedTo } from "../../core/decision/shadow.ts";
import { UnavailableError } from "../../core/model/errors.ts";
import type { Layout } from "../../core/model/layout.ts";
import { withinDeadline } from "../deadline.ts";
import type { PermissionsTable } from "../table/permissions-table.ts";
import { toFailure } from "../telemetry/failure.ts";

/** What the decision's line says of the candidate. */
export type ShadowFinding =
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
export interface Shadowed {
  shadow?: () => Promise<ShadowFinding | undefined>;
}

/** Looks on while a request is decided, and changes nothing of it. */
export type Shadow = (request: AuthorizerRequest, live: Collaborators, observed: Shadowed) => Collaborators;

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
export const shadowOf =
  (table: CandidateTable, patience = PATIENCE): Shadow =>
  (request, live, observed) => {
    let answered = (): Granted => ({ routes: [] });
    return {
      ...live,
      async verifyToken(token) {
        const claims = await live.verifyToken(token);
        const candidate = candidateGrants(table, request, claims, live.layout);
        candidate.catch(() => undefined);
        observed.shadow = () =>
          withinDeadline(patience, async () => tell(table.candidate(), await candidate, answered())).catch(
            asError,
          );
        return claims;
      },
      async loadPermissions(caller) {
        const stored = await live.loadPermissions(caller);
        answered = () => grantedTo(locate(request, live.layout)[0], caller, stored, live.layout);
        return stored;
      },
    };
  };

async function candidateGrants(
  table: CandidateTable,
  request: AuthorizerRequest,
  { issuer, payload, directory }: VerifiedClaims,
  layout: Layout,
): Promise<Granted> {
  const [place] = locate(request, layout);
  const own = (await table.catalogue()).issuers.get(issuer.name);
  if (own === undefined) return { routes: [], reason: "issuer_not_allowed" };
  const caller = callerFrom(
    claimsAfterVerification(own, payload, directory),
    selectedTenant(request, place, layout),
  );
  if (isRefusal(caller)) return { routes: [], reason: caller.reason };
  return grantedTo(place, caller, await table.load(caller), layout);
}

function tell(candidate: string, next: Granted, live: Granted): ShadowFinding {
  const { gained, lost } = compareGranted(live.routes, next.routes);
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
function asError(error: unknown): ShadowFinding | undefined {
  if (error instanceof UnavailableError && error.code === "catalogue_missing") return undefined;
  return { error: error instanceof DOMException ? "late" : toFailure(error).code };
}
