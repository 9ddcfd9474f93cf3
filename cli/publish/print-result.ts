import type { Item } from "../../core/model/items.ts";
import { plural } from "../../core/model/plural.ts";
import { itemKey } from "../../core/policy-files/compile/permission-items.ts";
import { itemOf, type WriteStep } from "../../core/policy-files/publish/steps.ts";
import type { Version } from "./history.ts";
import type { PublishResult } from "./publish-items.ts";

type Done = Exclude<PublishResult, { outcome: "rejected" }>;

/** Returns the exit status: 0 if the table has the wanted state (or would have), otherwise 1. */
export function exitStatus(result: PublishResult): number {
  if (result.outcome === "rejected" || result.outcome === "interrupted" || result.outcome === "taken")
    return 1;
  return result.recompiled.failed.length > 0 ? 1 : 0;
}

/** Formats a result for `--format json`. */
export function resultAsJson(result: PublishResult, seconds: number): Record<string, unknown> {
  if (result.outcome === "rejected") return { outcome: result.outcome, obstacles: result.obstacles };
  const { outcome, changes, steps, version, previous, left, taken, takenOver, recompiled } = result;
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
    takenOver,
    recompiled,
    version: version ?? null,
    previous: previous ?? null,
    seconds,
  };
}

/** Formats a result for the terminal. */
export function resultAsLines(result: PublishResult, table: string, seconds: number): string[] {
  if (result.outcome === "rejected") return obstacleLines(result.obstacles, table);
  const { changes, left, taken, takenOver, version, recompiled } = result;
  const counts = `${changes.created.length} created, ${changes.changed.length} changed, ${changes.removed.length} deleted, ${changes.unchanged} unchanged`;
  switch (result.outcome) {
    case "nothing to do":
      return [
        `${table} already has the state of the files: ${plural(changes.unchanged, "item")}, none written`,
      ];
    case "planned":
      return [
        ...stepLines(result),
        ...takenOver.map((key) => `take over ${key} from run time, with the same content`),
        `${table} would get ${plural(left, "change")}: ${counts}; nothing was written`,
      ];
    case "interrupted":
      return [
        `Interrupted: ${plural(left, "write")} to ${table} left. Run the same command again to continue where this one stopped`,
      ];
    default:
      return [
        ...taken.map(
          (key) =>
            `${key} got another owner in the meantime, so it was not written: remove its file, or the item`,
        ),
        ...takenOver.map((key) => `${key} was taken over from run time, with the same content`),
        ...recompiled.failed.map(
          (message) =>
            `${message}; the tenant keeps what it had: change it with npx portcullis tenant put --file`,
        ),
        ...(recompiled.done.length === 0
          ? []
          : [`The roles of ${plural(recompiled.done.length, "run-time tenant")} were compiled again`]),
        `${table} is at version ${version?.number}: ${counts}, in ${seconds.toFixed(1)} s`,
      ];
  }
}

function obstacleLines(obstacles: readonly string[], table: string): string[] {
  return [
    ...shorten(obstacles),
    `Nothing was written to ${table}. --force overwrites what was changed by hand or published for another environment`,
  ];
}

const STEP_TITLES: Readonly<Record<WriteStep["name"], string>> = {
  all: "in any order",
  narrow: "first the changes that narrow access",
  switch: "then the issuers",
  widen: "then the changes that widen access",
  clear: "last the deletions of unused items",
};

function stepLines({ steps }: Done): string[] {
  return steps.flatMap(({ name, writes, waits }) => [
    `${STEP_TITLES[name]}${waits ? ", after a wait" : ""}:`,
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
    : [...lines.slice(0, limit), `… and ${lines.length - limit} more (--format json prints all)`];

/** Formats a version, such as `version 7 of 2026-11-02T10:00:00Z: publish, 12 items, commit 1a2b3c4d5e`. */
export function printVersion({ number, at, made, commit, dirty, items }: Version): string {
  const from = commit === null ? "" : `, commit ${commit.slice(0, 10)}${dirty ? " with changes" : ""}`;
  return `version ${number} of ${at}: ${made}, ${plural(items, "item")}${from}`;
}
