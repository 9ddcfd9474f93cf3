import type { Decision } from "../../core/console/live.ts";
import { printPlace } from "../place.ts";

type Asked = Pick<Decision, "tenant" | "roles" | "route">;

/** To the cells of the matrix that tell why a caller got this answer, one a role; nothing where none was made out. */
export function WhyLinks({ decision: { tenant, roles, route } }: { decision: Asked }) {
  if (tenant === null || route === null) return null;
  if (roles === null || roles.length === 0)
    return (
      <a href={printPlace({ view: "matrix", params: { tenant } })} title={`What the roles of ${tenant} may`}>
        Matrix
      </a>
    );
  return (
    <>
      {roles.map((role) => (
        <a
          key={role}
          class="why-link"
          href={printPlace({ view: "matrix", params: { tenant, role, route } })}
          aria-label={`Why: ${role}, ${route}`}
          title={`Why ${role} may or may not ${route}`}
        >
          {roles.length === 1 ? "Why?" : role}
        </a>
      ))}
    </>
  );
}
