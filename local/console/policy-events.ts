import { diffAccess } from "../../core/policy-files/access/diff.ts";
import { accessSections, lossSummary } from "../../core/policy-files/access/sections.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import type { LiveAccessSection, PoliciesEvent } from "../../core/policy-files/live-events.ts";
import { explicitRoutes } from "../../core/policy-files/model/operation.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { isError, type Problem } from "../../core/policy-files/source/problem.ts";

/** An event is bounded, however many tenants an edit concerns: more are counted. */
const MAX_LINES = 100;

type Told = Pick<PoliciesEvent, "changes" | "summary" | "problems" | "failure" | "more">;

const NOTHING: Told = { changes: [], summary: null, problems: [], failure: null, more: 0 };

/** What a state of the files changes as access; nothing where there was none before. */
export function changed(before: PolicySet | undefined, now: PolicySet): Told {
  if (before === undefined) return NOTHING;
  const found = diffAccess(permissionItems(before), permissionItems(now), explicitRoutes(now.api));
  return { ...NOTHING, changes: accessSections(found).map(bounded), summary: lossSummary(found) };
}

/** What is wrong with files that are not put in force. */
export function broken(problems: readonly Problem[]): Told {
  const errors = problems.filter(isError);
  const told = errors.slice(0, MAX_LINES);
  return { ...NOTHING, problems: told, more: errors.length - told.length };
}

/** What else keeps files from being put in force. */
export const failed = (failure: string): Told => ({ ...NOTHING, failure });

const bounded = ({ lines, ...section }: Omit<LiveAccessSection, "more">): LiveAccessSection => ({
  ...section,
  lines: lines.slice(0, MAX_LINES),
  more: Math.max(0, lines.length - MAX_LINES),
});
