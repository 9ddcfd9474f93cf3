import type { AccessDiff } from "../../core/policy-files/access/diff.ts";
import { accessSections, lossSummary } from "../../core/policy-files/access/sections.ts";
import { code } from "../shared/markdown.ts";

/** Formats a diff as lines of text. */
export const printAccessDiff = (found: AccessDiff): string[] =>
  formatDiff(
    found,
    (title) => title,
    (line) => `  ${line}`,
  );

/** Formats a diff as Markdown, for a pull request. */
export const accessDiffMarkdown = (found: AccessDiff): string[] => [
  "### Access",
  "",
  ...formatDiff(
    found,
    (title) => `\n**${title}**\n`,
    (line) => `- ${code(line)}`,
  ),
];

function formatDiff(
  found: AccessDiff,
  heading: (title: string) => string,
  item: (line: string) => string,
): string[] {
  const sections = accessSections(found);
  if (sections.length === 0) return ["No access changes"];
  const lines = sections.flatMap((section) => [
    heading(`${section.title} (${section.lines.length})`),
    ...section.lines.map(item),
  ]);
  return [...lines, lossSummary(found)];
}
