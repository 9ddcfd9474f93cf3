import { diffAccess } from "../../core/policy-files/access/diff.ts";
import { accessSections, lossSummary } from "../../core/policy-files/access/sections.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import type { LiveAccessSection, PoliciesEvent } from "../../core/policy-files/live-events.ts";
import { explicitRoutes } from "../../core/policy-files/model/operation.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import {
  addedTenants,
  NOTHING_ADDED,
  type RunTimeItems,
} from "../../core/policy-files/simulate/run-time-state.ts";
import { isError, type Problem } from "../../core/policy-files/source/problem.ts";

/** The maximum number of lines in an event; further lines are only counted. */
const MAX_LINES = 100;

type Change = Pick<PoliciesEvent, "changes" | "summary" | "problems" | "failure" | "more">;

const NO_CHANGE: Change = { changes: [], summary: null, problems: [], failure: null, more: 0 };

/**
 * Describes the access that a new state of the files changes, also in the tenants of run time; no change if there was no
 * state before.
 */
export function describeChange(
  before: PolicySet | undefined,
  now: PolicySet,
  runTime: RunTimeItems = NOTHING_ADDED,
): Change {
  if (before === undefined) return NO_CHANGE;
  const itemsOf = (set: PolicySet) => [...permissionItems(set), ...addedTenants(runTime, set.tenants.keys())];
  const found = diffAccess(itemsOf(before), itemsOf(now), explicitRoutes(now.api));
  return { ...NO_CHANGE, changes: accessSections(found).map(limitLines), summary: lossSummary(found) };
}

/** Describes the errors of files that are rejected. */
export function describeErrors(problems: readonly Problem[]): Change {
  const errors = problems.filter(isError);
  const listed = errors.slice(0, MAX_LINES);
  return { ...NO_CHANGE, problems: listed, more: errors.length - listed.length };
}

/** Describes another cause for which files are rejected. */
export const describeFailure = (failure: string): Change => ({ ...NO_CHANGE, failure });

const limitLines = ({ lines, ...section }: Omit<LiveAccessSection, "more">): LiveAccessSection => ({
  ...section,
  lines: lines.slice(0, MAX_LINES),
  more: Math.max(0, lines.length - MAX_LINES),
});
