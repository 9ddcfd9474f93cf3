import { type AccessDiff, printAccessChange } from "../../core/files/access-diff.ts";

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
  const { changes, tenantsAdded, tenantsRemoved, suspended, reinstated } = found;
  const kinds = [
    ["Gained", changes.filter(({ kind }) => kind === "gain").map(printAccessChange)],
    ["Lost", changes.filter(({ kind }) => kind === "loss").map(printAccessChange)],
    ["New tenants", tenantsAdded],
    ["Tenants that are gone", tenantsRemoved],
    ["Suspended", suspended],
    ["Reinstated", reinstated],
  ] as const;
  const lines = kinds.flatMap(([title, entries]) =>
    entries.length === 0 ? [] : [heading(`${title} (${entries.length})`), ...entries.map(item)],
  );
  const share = found.before === 0 ? 0 : (100 * found.lost) / found.before;
  const summary = `${found.lost} of ${found.before} combinations of tenant, role and route are lost (${share.toFixed(1)} %)`;
  return lines.length === 0 ? ["No access changes"] : [...lines, summary];
}
