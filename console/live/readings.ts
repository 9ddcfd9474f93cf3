import type { PoliciesEvent, ToldSection } from "../../core/console/live.ts";

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
  const whose = event.folder === "candidate" ? "The candidate's files" : "The policy files";
  if (event.failure !== null) return `${whose} are not in force; the last good ones stay`;
  const errors = event.problems.length + event.more;
  if (errors > 0)
    return `${whose} have ${errors === 1 ? "an error" : `${errors} errors`}; the last good ones stay in force`;
  const found = event.changes.map((section) => `${countOf(section)} ${TEXTS[section.kind]}`);
  return `${whose} changed: ${found.length === 0 ? "no access changes" : found.join(", ")}`;
}

export const countOf = ({ lines, more }: ToldSection): number => lines.length + more;

const TEXTS: Readonly<Record<ToldSection["kind"], string>> = {
  gained: "gained",
  lost: "lost",
  added: "new tenants",
  removed: "tenants gone",
  suspended: "suspended",
  reinstated: "reinstated",
};

/** `14:03:07`, by the reader's own clock. */
export const clockTime = (iso: string): string => new Date(iso).toLocaleTimeString("en-GB");
