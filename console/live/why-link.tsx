import type { LiveDecision } from "../../core/policy-files/live-events.ts";
import { printLocation } from "../page-location.ts";

type LinkTarget = Pick<LiveDecision, "tenant" | "roles" | "route">;

/**
 * Links to the matrix cell that explains the decision for the caller's first role. Without a role it links to the
 * tenant's matrix; without a tenant or a route there is no link.
 */
export function WhyLink({ decision }: { decision: LinkTarget }) {
  const { tenant, roles, route } = decision;
  if (tenant === null || route === null) return null;
  const [role] = roles ?? [];
  if (role !== undefined) return <RoleLink role={role} text="Why?" {...{ tenant, route }} />;
  return (
    <a href={printLocation({ view: "matrix", params: { tenant } })} title={`The access of ${tenant}'s roles`}>
      Matrix
    </a>
  );
}

/** Lists the caller's roles; if there are several, each links to its own matrix cell. */
export function Roles({ decision: { tenant, roles, route } }: { decision: LinkTarget }) {
  if (roles === null || roles.length === 0) return roles === null ? null : <>no role</>;
  if (roles.length === 1 || tenant === null || route === null) return <>{roles.join(", ")}</>;
  return (
    <>
      {roles.map((role, index) => (
        <span key={role}>
          {index > 0 && ", "}
          <RoleLink role={role} text={role} {...{ tenant, route }} />
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
}: {
  tenant: string;
  role: string;
  route: string;
  text: string;
}) {
  return (
    <a
      href={printLocation({ view: "matrix", params: { tenant, role, route } })}
      aria-label={`Why: ${role}, ${route}`}
      title={`Why ${role} can or cannot ${route}`}
    >
      {text}
    </a>
  );
}
