import type { DoctorFinding } from "./check.ts";
import { type Checked, isSound } from "./checks.ts";
import type { Target } from "./target.ts";

/** For a terminal: what holds in a line, what does not with its evidence and what mends it. */
export function asLines(checked: readonly Checked[], { environment, api, stage }: Target): string[] {
  const all = checked.flatMap(({ findings }) => findings);
  const count = (severity: DoctorFinding["severity"]): number =>
    all.filter((finding) => finding.severity === severity).length;
  return [
    ...checked.flatMap(({ check, claim, findings }) => [
      `${markOf(findings)} ${check}: ${claim}`,
      ...findings.flatMap(findingLines),
    ]),
    `${environment} (${api}/${stage}) ${isSound(checked) ? "is sound" : "is not sound"}: ${count("error")} errors, ${count("warning")} warnings`,
  ];
}

function markOf(findings: readonly DoctorFinding[]): string {
  const severities = findings.map(({ severity }) => severity);
  if (severities.includes("error")) return "✗";
  return severities.includes("warning") ? "!" : "✓";
}

const findingLines = ({ severity, evidence, fix }: DoctorFinding): string[] => [
  `    ${severity}: ${evidence}`,
  ...(fix === "" ? [] : [`      fix: ${fix}`]),
];

/** For programs. */
export const asJson = (checked: readonly Checked[], { environment, api, stage }: Target): string =>
  JSON.stringify({ environment, api, stage, sound: isSound(checked), checks: checked }, null, 2);
