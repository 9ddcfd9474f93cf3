import type { Item } from "../../core/model/items.ts";
import { itemKey } from "../../core/policy-files/compile/permission-items.ts";
import { countChanges, itemOf, type WriteStep } from "../../core/policy-files/publish/steps.ts";
import type { Version } from "./history.ts";
import type { PublishResult } from "./publish-items.ts";

type Done = Exclude<PublishResult, { outcome: "rejected" }>;

/** 0 where the table is as wanted (or would be), 1 where it is not. */
export const statusOf = ({ outcome }: PublishResult): number =>
  outcome === "rejected" || outcome === "interrupted" || outcome === "taken" ? 1 : 0;

/** A result for programs. */
export function resultAsJson(result: PublishResult, seconds: number): Record<string, unknown> {
  if (result.outcome === "rejected") return { outcome: result.outcome, obstacles: result.obstacles };
  const { outcome, changes, steps, version, previous, left, taken } = result;
  const keys = (items: readonly Item[]): string[] => items.map(itemKey);
  return {
    outcome,
    created: keys(changes.created),
    changed: changes.changed.map(({ after }) => itemKey(after)),
    deleted: keys(changes.removed),
    unchanged: changes.unchanged,
    steps: steps.map(({ name, writes, waits }) => ({ name, writes: writes.length, waits })),
    left,
    taken,
    version: version ?? null,
    previous: previous ?? null,
    seconds,
  };
}

/** A result for a terminal. */
export function resultAsLines(result: PublishResult, table: string, seconds: number): string[] {
  if (result.outcome === "rejected") return tellObstacles(result.obstacles, table);
  const { changes, left, taken, version } = result;
  const counts = `${changes.created.length} created, ${changes.changed.length} changed, ${changes.removed.length} deleted, ${changes.unchanged} as they were`;
  switch (result.outcome) {
    case "nothing to do":
      return [`${table} is as the files have it: ${changes.unchanged} items, none written`];
    case "planned":
      return [
        ...tellSteps(result),
        `${table} would get ${countChanges(changes)} changes: ${counts}; nothing was written`,
      ];
    case "interrupted":
      return [
        `Interrupted: ${left} writes to ${table} are left. The same command again takes up where this one stopped`,
      ];
    default:
      return [
        ...taken.map(
          (key) =>
            `${key} was taken by another owner in the meantime, and left alone: remove its file, or the item`,
        ),
        `${table} is at version ${version?.number}: ${counts}, in ${seconds.toFixed(1)} s`,
      ];
  }
}

function tellObstacles(obstacles: readonly string[], table: string): string[] {
  return [
    ...shorten(obstacles),
    `Nothing was written to ${table}. What was changed by hand, or published for another environment, is overwritten with --force`,
  ];
}

const MARKS: Readonly<Record<WriteStep["name"], string>> = {
  all: "in any order",
  narrow: "first what narrows",
  switch: "then issuers",
  widen: "then what widens",
  clear: "last what nobody needs",
};

function tellSteps({ steps }: Done): string[] {
  return steps.flatMap(({ name, writes, waits }) => [
    `${MARKS[name]}${waits ? ", after a wait" : ""}:`,
    ...shorten(
      writes.map(
        (write) =>
          `  ${"put" in write ? (write.creates ? "create" : "change") : "delete"} ${itemKey(itemOf(write))}`,
      ),
    ),
  ]);
}

const shorten = (lines: readonly string[], limit = 40): string[] =>
  lines.length <= limit
    ? [...lines]
    : [...lines.slice(0, limit), `… and ${lines.length - limit} more (--json tells all)`];

/** `version 7 of 2026-11-02T10:00:00Z, publish, commit 1a2b3c4` */
export function printVersion({ number, at, made, commit, dirty, items }: Version): string {
  const from = commit === null ? "" : `, commit ${commit.slice(0, 10)}${dirty ? " with changes" : ""}`;
  return `version ${number} of ${at}: ${made}, ${items} items${from}`;
}
