import { type AccessChange, type AccessDiff, printAccessChange } from "../../core/files/access-diff.ts";

/** A diff as lines of text. */
export const printAccessDiff = (found: AccessDiff): string[] =>
  sections(
    found,
    (title) => title,
    (line) => `  ${line}`,
  );

/** A diff as Markdown, for a pull request. */
export const accessDiffMarkdown = (found: AccessDiff): string[] => [
  "### Access",
  "",
  ...sections(
    found,
    (title) => `\n**${title}**\n`,
    (line) => `- \`${line.replaceAll("`", "'")}\``,
  ),
];

function sections(
  found: AccessDiff,
  heading: (title: string) => string,
  item: (line: string) => string,
): string[] {
  const whole = [...found.tenantsAdded, ...found.tenantsRemoved, ...found.suspended, ...found.reinstated];
  const told = found.changes.filter(
    ({ tenants, explicit }) => explicit || !tenants.every((id) => whole.includes(id)),
  );
  const lines = (kind: AccessChange["kind"]) =>
    told.filter((change) => change.kind === kind).map(printAccessChange);
  const counted = (tenants: readonly string[]) =>
    tenants.map((id) => `${id} (${countOf(found, id)} grants of its roles)`);
  const kinds = [
    ["Gained", lines("gain")],
    ["Lost", lines("loss")],
    ["New tenants", counted(found.tenantsAdded)],
    ["Tenants that are gone", counted(found.tenantsRemoved)],
    ["Suspended", counted(found.suspended)],
    ["Reinstated", counted(found.reinstated)],
  ] as const;
  const all = kinds.flatMap(([title, entries]) =>
    entries.length === 0 ? [] : [heading(`${title} (${entries.length})`), ...entries.map(item)],
  );
  const share = found.before === 0 ? 0 : (100 * found.lost) / found.before;
  const summary = `${found.lost} of ${found.before} combinations of tenant, role and route are lost (${share.toFixed(1)} %)`;
  return all.length === 0 ? ["No access changes"] : [...all, summary];
}

/** A tenant that comes, goes or stops is one entry: so many grants it gains or loses with that. */
const countOf = ({ changes }: AccessDiff, id: string): number =>
  changes.filter(({ tenants }) => tenants.includes(id)).length;
