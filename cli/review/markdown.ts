import { plural } from "../../core/model/plural.ts";
import { SECTION_TITLES } from "../../core/policy-files/access/sections.ts";
import { code } from "../shared/markdown.ts";
import {
  countGains,
  gainsNothing,
  type Review,
  type ReviewEnvironment,
  type ReviewList,
} from "./review-file.ts";

/** The first line of a comment, by which a later run finds it. */
export const MARKER = "<!-- portcullis review -->";

/** The longest comment of GitHub, in characters. */
export const MAX_COMMENT = 65_536;
/** What the line about what was left out takes at most. */
const RESERVE = 256;

/** The share of the combinations before a change, from which it is called large. */
const LARGE = 0.1;

/**
 * Renders a review as Markdown of at most {@link MAX_COMMENT} characters, whatever it contains. Every text of the
 * review is in a code span, so it is no markup, mention, link or image.
 *
 * @param verdict a line below the title, in the product's own words
 */
export function reviewMarkdown(review: Review, verdict?: string): string {
  const { errors, warnings, tests, trust, plan, access } = review;
  const environments = typeof access === "string" ? [] : access;
  return bounded([
    `### Access review: ${title(review)}`,
    "",
    ...(verdict === undefined ? [] : [verdict, ""]),
    `- Check: ${countOf(errors, "error")}, ${countOf(warnings, "new warning")}`,
    `- Policy tests: ${tests === null ? "not run" : `${tests.run - tests.failed.total} of ${tests.run} passed`}`,
    ...(typeof access === "string" ? [`- Access: not compared. ${code(access)}`] : []),
    ...environments.flatMap(summary),
    ...items("Errors", errors),
    ...items("Policy tests that fail", tests?.failed),
    ...items("Trust and open routes", trust),
    ...environments.flatMap((environment) =>
      environment.sections.flatMap(({ kind, lines }) =>
        items(`${SECTION_TITLES[kind]} in ${environment.names.map(code).join(", ")}`, lines),
      ),
    ),
    ...items("New warnings", warnings),
    ...(plan === null ? [] : plan.total === 0 ? ["", "Terraform: no changes"] : items("Terraform", plan)),
  ]);
}

function title(review: Review): string {
  const { access, trust } = review;
  if (typeof access === "string") return "not possible";
  const gains = access.reduce((sum, environment) => sum + countGains(environment), 0) + trust.total;
  const all = access.flatMap(({ sections }) => sections).reduce((sum, { lines }) => sum + lines.total, 0);
  const losses = all + trust.total - gains;
  if (gainsNothing(review))
    return losses === 0 ? "no changes of access" : `${countWord(losses, "loss", "es")} of access`;
  return `${plural(gains, "gain")}${losses === 0 ? "" : ` and ${countWord(losses, "loss", "es")}`} of access`;
}

const countWord = (count: number, noun: string, end: string): string =>
  `${count} ${noun}${count === 1 ? "" : end}`;
const countOf = ({ total }: ReviewList, noun: string): string => plural(total, noun);

function summary({ names, tenants, roles, explicit, before, gained, lost }: ReviewEnvironment): string[] {
  const share = (part: number): string => (before === 0 ? "" : ` (${((100 * part) / before).toFixed(1)} %)`);
  const isLarge = before > 0 && Math.max(gained, lost) >= LARGE * before;
  return [
    `- ${names.map(code).join(", ")}: ${named(tenants, "tenant")}, ${named(roles, "role")}. Of ${plural(before, "combination")} of tenant, role and route: ${gained} gained${share(gained)}, ${lost} lost${share(lost)}`,
    ...(explicit === 0 ? [] : [`  - **${plural(explicit, "change")} of explicit operations**`]),
    ...(isLarge ? ["  - **A large share of the access changes**"] : []),
  ];
}

const SHOWN_NAMES = 10;

function named({ total, first }: ReviewList, noun: string): string {
  if (total === 0) return plural(total, noun);
  const shown = first.slice(0, SHOWN_NAMES).map(code);
  return `${plural(total, noun)} (${shown.join(", ")}${total > shown.length ? ", …" : ""})`;
}

/** Returns a heading and the items of a list; nothing for an empty one. */
function items(heading: string, list: ReviewList | undefined): string[] {
  if (list === undefined || list.total === 0) return [];
  const missing = list.total - list.first.length;
  return [
    "",
    `**${heading} (${list.total})**`,
    "",
    ...list.first.map((line) => `- ${code(line)}`),
    ...(missing === 0 ? [] : [`- … and ${missing} more`]),
  ];
}

/** Joins lines up to the longest comment, and counts the lines that were left out. */
function bounded(lines: readonly string[]): string {
  const whole = lines.join("\n");
  const most = MAX_COMMENT - MARKER.length - RESERVE;
  if (whole.length <= most) return `${whole}\n`;
  let [length, kept] = [0, 0];
  while (kept < lines.length && length + (lines[kept]?.length ?? 0) + 1 <= most) {
    length += (lines[kept]?.length ?? 0) + 1;
    kept += 1;
  }
  const left = lines.slice(kept).filter((line) => line.startsWith("- ")).length;
  return `${lines.slice(0, kept).join("\n")}\n\n**${plural(left, "line")} left out**, because a comment has at most ${MAX_COMMENT} characters. \`npx portcullis diff\` prints all changes.\n`;
}
