import { plural } from "../../model/plural.ts";
import { type AccessChange, type AccessDiff, printAccessChange } from "./diff.ts";

export const SECTION_TITLES = {
  gained: "Gained",
  lost: "Lost",
  added: "New tenants",
  removed: "Removed tenants",
  suspended: "Suspended",
  reinstated: "Reinstated",
} as const;
export type SectionKind = keyof typeof SECTION_TITLES;

/** All changes of one kind, one line per entry. */
export interface AccessSection {
  readonly kind: SectionKind;
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
  const sections: Readonly<Record<SectionKind, readonly string[]>> = {
    gained: lines("gain"),
    lost: lines("loss"),
    added: withCounts(found.tenantsAdded),
    removed: withCounts(found.tenantsRemoved),
    suspended: withCounts(found.suspended),
    reinstated: withCounts(found.reinstated),
  };
  return (Object.keys(SECTION_TITLES) as SectionKind[])
    .map((kind) => ({ kind, title: SECTION_TITLES[kind], lines: sections[kind] }))
    .filter((section) => section.lines.length > 0);
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
