import { join } from "node:path";
import { plural } from "../../core/model/plural.ts";
import type { Report } from "../report/report.ts";
import { oneLine } from "../shared/output.ts";
import type { DoctorFinding } from "./check.ts";
import { type Checked, isSound } from "./checks.ts";
import type { Target } from "./target.ts";

/** Formats the results for the terminal: one line for each check, and evidence and fix for each finding. */
export function asLines(checked: readonly Checked[], { environment, api, stage }: Target): string[] {
  const all = checked.flatMap(({ findings }) => findings);
  const count = (severity: DoctorFinding["severity"]): number =>
    all.filter((finding) => finding.severity === severity).length;
  return [
    ...checked.flatMap(({ check, claim, findings }) => [
      `${mark(findings)} ${check}${mark(findings) === UNCHECKED ? " (not fully checked)" : ""}: ${claim}`,
      ...findings.flatMap(findingLines),
    ]),
    `${environment} (${api}/${stage}) ${isSound(checked) ? "is sound" : "is not sound"}: ${plural(count("error"), "error")}, ${plural(count("warning"), "warning")}${count("unchecked") === 0 ? "" : `, ${count("unchecked")} not checked`}`,
  ];
}

/** Marks a claim that no finding contradicts, but that was not examined as a whole. */
const UNCHECKED = "?";

function mark(findings: readonly DoctorFinding[]): string {
  const severities = findings.map(({ severity }) => severity);
  if (severities.includes("error")) return "✗";
  if (severities.includes("warning")) return "!";
  return severities.includes("unchecked") ? UNCHECKED : "✓";
}

const findingLines = ({ severity, evidence, fix }: DoctorFinding): string[] => [
  `    ${severity === "unchecked" ? "not checked" : severity}: ${oneLine(evidence)}`,
  ...(fix === "" ? [] : [`      fix: ${oneLine(fix)}`]),
];

/** Formats the results for `--format json`. */
export const asJson = (checked: readonly Checked[], { environment, api, stage }: Target): string =>
  JSON.stringify({ environment, api, stage, sound: isSound(checked), checks: checked }, null, 2);

/** Returns the results for code scanning and for annotations: all findings but notes, of which each check is a rule. */
export const asReport = (
  checked: readonly Checked[],
  { environment, api, stage }: Target,
  policies: string,
): Report => ({
  category: `doctor-${environment}`,
  rules: Object.fromEntries(
    checked.map(({ check, claim }) => [
      check,
      { about: `A deployment is sound if ${claim}.`, fix: "Each finding has its fix." },
    ]),
  ),
  results: checked.flatMap(({ check, findings }) =>
    findings.flatMap(({ severity, evidence, fix }) =>
      severity === "note"
        ? []
        : [
            {
              rule: check,
              level: severity === "unchecked" ? ("note" as const) : severity,
              message: fix === "" ? evidence : `${evidence}. Fix: ${fix}`,
              subject: `${environment} (${api}/${stage})`,
            },
          ],
    ),
  ),
  otherwise: join(policies, "api.yaml"),
});
