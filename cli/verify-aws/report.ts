import type { ImportedBody } from "./import-body.ts";
import type { ProbeResult } from "./probe.ts";

/** What a run found on AWS, in a form that a team can publish. */
export interface VerifyReport {
  readonly region: string;
  /** ISO 8601. */
  readonly time: string;
  readonly probes?: readonly ProbeResult[];
  readonly body?: ImportedBody;
}

/** Formats a report as JSON, without account ids, ids of APIs, and ids of requests. */
export function printReport({ region, time, probes, body }: VerifyReport): string {
  const findings = probes?.map(({ probe, finding }) => ({
    id: probe.id,
    question: probe.question,
    assumed: probe.assumed,
    ...finding,
  }));
  const report = { region, time, ...(findings && { probes: findings }), ...(body && { body }) };
  return `${JSON.stringify(report, (_, value: unknown) => (typeof value === "string" ? anonymous(value) : value), 2)}\n`;
}

const anonymous = (text: string): string =>
  text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, "<request>")
    .replaceAll(/(?<!\d)\d{12}(?!\d)/g, "<account>")
    .replaceAll(/[a-z0-9]{10}(?=\.execute-api\.)/g, "<api>")
    .replaceAll(/(?<=:execute-api:[a-z0-9-]*:<account>:)[a-z0-9]{10}/g, "<api>")
    .replaceAll(/(?<=\/restapis\/|\/apis\/)[a-z0-9]{10}/g, "<api>");
