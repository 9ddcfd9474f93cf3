import { type AccessChange, type AccessDiff, printAccessChange } from "./diff.ts";

/** One kind of change and what it comes to, a line an entry. */
export interface AccessSection {
  readonly kind: "gained" | "lost" | "added" | "removed" | "suspended" | "reinstated";
  readonly title: string;
  readonly lines: readonly string[];
}

/** A diff as a reader wants it: gains and losses, and tenants that come, go, stop or start again; none is empty. */
export function accessSections(found: AccessDiff): AccessSection[] {
  const whole = [...found.tenantsAdded, ...found.tenantsRemoved, ...found.suspended, ...found.reinstated];
  const told = found.changes.filter(
    ({ tenants, explicit }) => explicit || !tenants.every((id) => whole.includes(id)),
  );
  const lines = (kind: AccessChange["kind"]) =>
    told.filter((change) => change.kind === kind).map(printAccessChange);
  const counted = (tenants: readonly string[]) =>
    tenants.map((id) => `${id} (${countOf(found, id)} grants of its roles)`);
  const sections = [
    { kind: "gained", title: "Gained", lines: lines("gain") },
    { kind: "lost", title: "Lost", lines: lines("loss") },
    { kind: "added", title: "New tenants", lines: counted(found.tenantsAdded) },
    { kind: "removed", title: "Tenants that are gone", lines: counted(found.tenantsRemoved) },
    { kind: "suspended", title: "Suspended", lines: counted(found.suspended) },
    { kind: "reinstated", title: "Reinstated", lines: counted(found.reinstated) },
  ] as const;
  return sections.filter((section) => section.lines.length > 0);
}

/** What share of the access that there was is lost. */
export function lossSummary({ before, lost }: AccessDiff): string {
  const share = before === 0 ? 0 : (100 * lost) / before;
  return `${lost} of ${before} combinations of tenant, role and route are lost (${share.toFixed(1)} %)`;
}

/** A tenant that comes, goes or stops is one entry: so many grants it gains or loses with that. */
const countOf = ({ changes }: AccessDiff, id: string): number =>
  changes.filter(({ tenants }) => tenants.includes(id)).length;
