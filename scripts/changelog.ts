import { UsageError } from "../cli/shared/flags.ts";

/**
 * Returns what the changelog lists for a version, without the heading.
 * @throws UsageError if the section is missing, empty or has no date
 */
export function releaseNotes(changelog: string, version: string): string {
  const sections = changelog.split(/^(?=## \[)/m);
  const section = sections.find((text) => text.startsWith(`## [${version}]`));
  if (section === undefined) throw new UsageError(`CHANGELOG.md has no section "## [${version}]": add it`);
  const [heading = "", ...lines] = section.split("\n");
  if (!/ - \d{4}-\d{2}-\d{2}$/.test(heading))
    throw new UsageError(
      `CHANGELOG.md: "${heading}" has no date: write "## [${version}] - YYYY-MM-DD" before you tag`,
    );
  const notes = lines.join("\n").trim();
  if (notes === "") throw new UsageError(`CHANGELOG.md lists nothing for ${version}: write what changed`);
  return notes;
}
