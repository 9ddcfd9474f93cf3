import type { Flags } from "../shared/flags.ts";
import { print, printJson } from "../shared/output.ts";
import { annotations } from "./annotations.ts";
import type { Report } from "./report.ts";
import { sarifLog } from "./sarif.ts";

/** Output for a person, for a script, for code scanning, or for GitHub's annotations. */
export const REPORT_FORMAT = {
  format: {
    type: "string",
    default: "text",
    values: ["text", "json", "sarif", "github"],
    about: `The form of the output. sarif is SARIF 2.1.0, github is GitHub's workflow commands, which show a problem at its
line.`,
  },
} as const satisfies Flags;

/** Prints a report in a form for another program. Returns the exit status. */
export function printReport(format: "sarif" | "github", report: Report, status: number): number {
  return format === "sarif" ? printJson(sarifLog(report), status) : print(annotations(report), status);
}
