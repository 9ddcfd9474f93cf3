import type { LiveDecision } from "../../core/policy-files/live-events.ts";
import { printLocation } from "../page-location.ts";

type Asked = Pick<LiveDecision, "tenant" | "roles" | "route">;

/**
 * To the cell of the matrix that tells why a caller with its first role got this answer; where no role was made
 * out, to the tenant's matrix, and where there was no tenant either, nothing.
 */
export function WhyLink({ decision }: { decision: Asked }) {
  const { tenant, roles, route } = decision;
  if (tenant === null || route === null) return null;
  const [role] = roles ?? [];
  if (role !== undefined) return <RoleLink role={role} text="Why?" {...{ tenant, route }} />;
  return (
    <a href={printLocation({ view: "matrix", params: { tenant } })} title={`What the roles of ${tenant} may`}>
      Matrix
    </a>
  );
}

/** The caller's roles: each leads to its own cell where there are several. */
export function Roles({ decision: { tenant, roles, route } }: { decision: Asked }) {
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
      title={`Why ${role} may or may not ${route}`}
    >
      {text}
    </a>
  );
}
