import type { LiveAccessSection, PoliciesEvent } from "../../core/policy-files/live-events.ts";

export const isLeftOut = ({ problems, failure }: PoliciesEvent): boolean =>
  problems.length > 0 || failure !== null;

/** Whether files were read again: the first reading, when the stack starts, changes nothing. */
export const isChange = (event: PoliciesEvent): boolean => isLeftOut(event) || event.summary !== null;

/** What holds now of each folder, where it was changed since the stack started. */
export function standing(readings: readonly PoliciesEvent[]): PoliciesEvent[] {
  const newest = readings.filter(
    ({ folder }, index) => readings.findIndex((other) => other.folder === folder) === index,
  );
  return newest.filter(isChange);
}

/** What came of reading the files, in a sentence. */
export function readingText(event: PoliciesEvent): string {
  const isCandidate = event.folder === "candidate";
  const whose = isCandidate ? "The candidate's files" : "The policy files";
  const left = isCandidate ? "are not decided beside" : "are not in force; the last good ones stay";
  if (event.failure !== null) return `${whose} ${left}`;
  const errors = event.problems.length + event.more;
  const count = errors === 1 ? "an error" : `${errors} errors`;
  const stays = isCandidate ? " and are not decided beside" : "; the last good ones stay in force";
  if (errors > 0) return `${whose} have ${count}${stays}`;
  const found = event.changes.map((section) => `${countOf(section)} ${TEXTS[section.kind]}`);
  return `${whose} changed: ${found.length === 0 ? "no access changes" : found.join(", ")}`;
}

export const countOf = ({ lines, more }: LiveAccessSection): number => lines.length + more;

const TEXTS: Readonly<Record<LiveAccessSection["kind"], string>> = {
  gained: "gained",
  lost: "lost",
  added: "new tenants",
  removed: "tenants gone",
  suspended: "suspended",
  reinstated: "reinstated",
};

/** `14:03:07`, by the reader's own clock. */
export const clockTime = (iso: string): string => new Date(iso).toLocaleTimeString("en-GB");
