import { plural } from "../../model/plural.ts";
import { type AccessChange, type AccessDiff, printAccessChange } from "./diff.ts";

/** All changes of one kind, one line per entry. */
export interface AccessSection {
  readonly kind: "gained" | "lost" | "added" | "removed" | "suspended" | "reinstated";
  readonly title: string;
  readonly lines: readonly string[];
}

/**
 * Returns a diff as sections for a reader, without empty sections: gains, losses, and tenants that are added,
 * removed, suspended or reinstated.
 */
export function accessSections(found: AccessDiff): AccessSection[] {
  const whole = [...found.tenantsAdded, ...found.tenantsRemoved, ...found.suspended, ...found.reinstated];
  const shown = found.changes.filter(
    ({ tenants, explicit }) => explicit || tenants.length === 0 || !tenants.every((id) => whole.includes(id)),
  );
  const lines = (kind: AccessChange["kind"]) =>
    shown.filter((change) => change.kind === kind).map(printAccessChange);
  const withCounts = (tenants: readonly string[]) =>
    tenants.map((id) => `${id} (${printGrantCount(found, id)})`);
  const sections = [
    { kind: "gained", title: "Gained", lines: lines("gain") },
    { kind: "lost", title: "Lost", lines: lines("loss") },
    { kind: "added", title: "New tenants", lines: withCounts(found.tenantsAdded) },
    { kind: "removed", title: "Removed tenants", lines: withCounts(found.tenantsRemoved) },
    { kind: "suspended", title: "Suspended", lines: withCounts(found.suspended) },
    { kind: "reinstated", title: "Reinstated", lines: withCounts(found.reinstated) },
  ] as const;
  return sections.filter((section) => section.lines.length > 0);
}

/** Prints the share of the existing access that is lost. */
export function lossSummary({ before, lost }: AccessDiff): string {
  const share = before === 0 ? 0 : (100 * lost) / before;
  return `${lost} of ${before} combinations of tenant, role and route ${lost === 1 ? "is" : "are"} lost (${share.toFixed(1)} %)`;
}

/** Prints how many grants a tenant gains or loses with its addition, removal or change of status. */
function printGrantCount({ changes }: AccessDiff, id: string): string {
  const count = changes.filter(({ tenants }) => tenants.includes(id)).length;
  return `${plural(count, "grant")} of its roles`;
}
