import type { LiveAccessSection, PoliciesEvent } from "../../core/policy-files/live-events.ts";

/** Returns whether the files were rejected, so that the last good ones stay in force. */
export const isRejected = ({ problems, failure }: PoliciesEvent): boolean =>
  problems.length > 0 || failure !== null;

/** Returns whether the event reports a change: the first event after the stack starts does not. */
export const isChange = (event: PoliciesEvent): boolean => isRejected(event) || event.summary !== null;

/** Returns the newest event of each folder, if the folder has changed since the stack started. */
export function latestChanges(events: readonly PoliciesEvent[]): PoliciesEvent[] {
  const newest = events.filter(
    ({ folder }, index) => events.findIndex((other) => other.folder === folder) === index,
  );
  return newest.filter(isChange);
}

/** Summarizes an event in a sentence without a full stop. */
export function summarizeEvent(event: PoliciesEvent): string {
  const isCandidate = event.folder === "candidate";
  const subject = isCandidate ? "The candidate's files" : "The policy files";
  const result = isCandidate ? " and are not evaluated" : "; the last good ones stay in force";
  if (event.failure !== null) return `${subject} were rejected${result}`;
  const errors = event.problems.length + event.more;
  const count = errors === 1 ? "an error" : `${errors} errors`;
  if (errors > 0) return `${subject} have ${count}${result}`;
  const found = event.changes.map((section) => `${countLines(section)} ${KIND_TEXTS[section.kind]}`);
  return `${subject} changed: ${found.length === 0 ? "no access changes" : found.join(", ")}`;
}

export const countLines = ({ lines, more }: LiveAccessSection): number => lines.length + more;

const KIND_TEXTS: Readonly<Record<LiveAccessSection["kind"], string>> = {
  gained: "gained",
  lost: "lost",
  added: "new tenants",
  removed: "tenants removed",
  suspended: "suspended",
  reinstated: "reinstated",
};

/** Formats a time as `14:03:07`, in the reader's time zone. */
export const clockTime = (iso: string): string => new Date(iso).toLocaleTimeString("en-GB");
