import type { LiveDecision } from "../../core/policy-files/live-events.ts";
import { printLocation } from "../page-location.ts";
import { printRequest } from "../why/recorded.ts";

type LinkTarget = Pick<
  LiveDecision,
  "tenant" | "roles" | "route" | "subject" | "scopes" | "issuer" | "client" | "delegate" | "path" | "time"
>;

/**
 * Links to the matrix cell that explains the decision for the caller's first role, with the request as it was. Without
 * a role it links to the tenant's matrix; without a tenant or a route there is no link.
 */
export function WhyLink({ decision }: { decision: LinkTarget }) {
  const { tenant, roles, route } = decision;
  if (tenant === null || route === null) return null;
  const [role] = roles ?? [];
  if (role !== undefined) return <RoleLink role={role} text="Why?" {...{ tenant, route, decision }} />;
  return (
    <a href={printLocation({ view: "matrix", params: { tenant } })} title={`The access of ${tenant}'s roles`}>
      Matrix
    </a>
  );
}

/** Lists the caller's roles; if there are several, each links to its own matrix cell. */
export function Roles({ decision }: { decision: LinkTarget }) {
  const { tenant, roles, route } = decision;
  if (roles === null || roles.length === 0) return roles === null ? null : <>no role</>;
  if (roles.length === 1 || tenant === null || route === null) return <>{roles.join(", ")}</>;
  return (
    <>
      {roles.map((role, index) => (
        <span key={role}>
          {index > 0 && ", "}
          <RoleLink role={role} text={role} {...{ tenant, route }} decision={decision} />
        </span>
      ))}
    </>
  );
}

function RoleLink({
  tenant,
  role,
  route,
  text,
  decision,
}: {
  tenant: string;
  role: string;
  route: string;
  text: string;
  decision: LinkTarget;
}) {
  return (
    <a
      href={printLocation({ view: "matrix", params: { tenant, role, route, ...printRequest(decision) } })}
      aria-label={`Why: ${role}, ${route}`}
      title={`Why ${role} can or cannot ${route}`}
    >
      {text}
    </a>
  );
}
