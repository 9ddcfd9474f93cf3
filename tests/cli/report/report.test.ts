import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { check } from "../../../cli/commands/policies/check.ts";
import { CHECKS, examine } from "../../../cli/doctor/checks.ts";
import { asReport } from "../../../cli/doctor/print.ts";
import { annotations } from "../../../cli/report/annotations.ts";
import type { Report } from "../../../cli/report/report.ts";
import { sarifLog } from "../../../cli/report/sarif.ts";
import { oneLine } from "../../../cli/shared/output.ts";
import { RULES, type RuleId } from "../../../core/policy-files/rules/rules.ts";
import { type Problem, printProblem } from "../../../core/policy-files/source/problem.ts";
import { soundState } from "../doctor/sound-state.ts";
import { runVerb, sampleWith } from "../run-verb.ts";
import {
  readSarif,
  runnerLines,
  type Shown,
  shownInAnnotations,
  shownInSarif,
  shownInText,
} from "./read-report.ts";

/** Texts that a format could read as markup, as a command of its own, or as a control sequence. */
const HOSTILE = [
  "<script>alert(1)</script>",
  "[click](https://evil.example)",
  "a\\](https://evil.example)[b",
  "\n::error file=x::injected",
  "\r::warning::injected",
  "%0A::error::injected",
  "%250A::add-mask::injected",
  "::stop-commands::injected",
  "##[add-mask]injected",
  ",line=1,title=injected::",
  "\u001b[31mred\u001b[0m\u202egnp",
  "\u2028::error::injected",
];

const reportOf = (problems: readonly Problem[]): Report => ({
  category: "check-dev",
  rules: RULES,
  results: problems.map(({ severity, rule, message, ...at }) => ({ rule, level: severity, message, at })),
  otherwise: "policies/api.yaml",
});

const ruleIds = Object.keys(RULES) as RuleId[];

/** A problem of each rule and severity, each with a hostile file name and message. */
const PROBLEMS = ruleIds.flatMap((rule, index): Problem[] =>
  (["error", "warning"] as const).map((severity, at) => {
    const text = HOSTILE[(2 * index + at) % HOSTILE.length] ?? "";
    return {
      severity,
      rule,
      file: `policies/roles/x${text.replaceAll("//", "/")}.yaml`,
      line: index + 1,
      column: 3 + at,
      message: `role ${text} is wrong`,
    };
  }),
);

const expected = PROBLEMS.map(
  ({ severity: level, rule, file, line, column, message }): Shown => ({
    file,
    line,
    column,
    level,
    rule,
    message: oneLine(message),
  }),
);

describe("a problem of any rule, with hostile names", () => {
  it("has the same file, line and rule in a SARIF log that the standard's schema accepts, and no link", () => {
    expect(shownInSarif(readSarif(JSON.stringify(sarifLog(reportOf(PROBLEMS)))))).toEqual(expected);
  });

  it("is one annotation with the same file, line and rule, and nothing else is a command", () => {
    const output = `${annotations(reportOf(PROBLEMS)).join("\n")}\n`;
    expect(shownInAnnotations(output)).toEqual(
      expected.map((one) => ({ ...one, file: oneLine(one.file ?? "") })),
    );
    expect(runnerLines(output).filter((line) => "text" in line)).toEqual([
      { text: `${ruleIds.length} errors, ${ruleIds.length} warnings` },
    ]);
  });

  it("has the same file, line and rule in one line of text", () => {
    const lines = PROBLEMS.map((problem) => oneLine(printProblem(problem)));
    expect(shownInText(lines.join("\n"))).toEqual(
      expected.map((one) => ({ ...one, file: oneLine(one.file ?? "") })),
    );
  });
});

/** Creates a git repository whose policy folder is not at its root, and changes into it. */
function repositoryWith(files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "portcullis-repository-")));
  const before = process.cwd();
  onTestFinished(() => {
    process.chdir(before);
    rmSync(root, { recursive: true });
  });
  for (const [path, text] of Object.entries({ ".git/HEAD": "ref: refs/heads/main\n", ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  process.chdir(join(root, "services/api"));
  return root;
}

const API = `openapi: 3.0.3
info: { title: T, version: "1" }
x-portcullis: { backends: { docs: lambda } }
paths:
  /things: { get: { x-portcullis: { backend: docs, permission: things.read } } }
`;

const BROKEN = {
  "services/api/policies/api.yaml": API,
  "services/api/policies/roles/viewer.yaml": "allow:\n  - thinks.read\n  - GET /things\nextends: [nobody]\n",
  "services/api/policies/roles/x::error,line=9%0A::<b>.yaml": "allow: []\n",
  "services/api/policies/plans.yaml": "team: { ceiling: 3 }\n",
};

describe("npx portcullis check on broken files", () => {
  const results = async () => {
    const [text, sarif, github, json] = [
      await runVerb(check),
      await runVerb(check, "--format", "sarif"),
      await runVerb(check, "--format", "github"),
      await runVerb(check, "--format", "json"),
    ];
    return { text, sarif, github, json };
  };

  it("reports the same in every form, with paths from the repository's root and the same exit status", async () => {
    repositoryWith(BROKEN);
    const { text, sarif, github, json } = await results();
    expect([text, sarif, github, json].map(({ status }) => status)).toEqual([1, 1, 1, 1]);
    const shown = shownInText(text.stdout);
    expect(shown.map(({ rule }) => rule)).toEqual([
      "invalid-value",
      "unknown-permission",
      "unknown-role",
      "invalid-name",
    ]);
    const fromRoot = shown.map((one) => ({ ...one, file: `services/api/${one.file}` }));
    expect(shownInSarif(readSarif(sarif.stdout))).toEqual(fromRoot);
    expect(shownInAnnotations(github.stdout)).toEqual(fromRoot);
    expect(JSON.parse(json.stdout).problems).toMatchObject(
      shown.map(({ level, ...rest }) => ({ ...rest, severity: level })),
    );
  });

  it("names a file outside the repository by its whole path", async () => {
    const folder = sampleWith({ "plans.yaml": "team: { ceiling: 3 }\n" });
    const sarif = readSarif((await runVerb(check, "--policies", folder, "--format", "sarif")).stdout);
    const [artifact] = sarif.results.map(({ locations: [at] }) => at.physicalLocation.artifactLocation);
    expect(artifact).toEqual({ uri: `file://${join(folder, "plans.yaml")}` });
    const github = await runVerb(check, "--policies", folder, "--format", "github");
    expect(shownInAnnotations(github.stdout)[0]?.file).toBe(join(folder, "plans.yaml"));
  });

  it("lists each warning, and keeps the exit status of --strict", async () => {
    const folder = sampleWith();
    const sarif = await runVerb(check, "--policies", folder, "--format", "sarif");
    expect([
      sarif.status,
      shownInSarif(readSarif(sarif.stdout)).map(({ level, rule }) => [level, rule]),
    ]).toEqual([0, [["warning", "uncertain-route"]]]);
    const strict = await runVerb(check, "--strict", "--policies", folder, "--format", "sarif");
    expect([strict.status, strict.stdout]).toEqual([1, sarif.stdout]);
  });

  it("reports a caching mode that is not possible at the line of the paths", async () => {
    const flags = ["--cache", "token", "--max-groups", "1", "--policies", sampleWith()];
    const text = shownInText((await runVerb(check, ...flags)).stdout);
    const error = text.filter(({ level }) => level === "error");
    expect(error).toMatchObject([{ rule: "caching-mode", file: expect.stringMatching(/\/api\.yaml$/) }]);
    const { status, stdout } = await runVerb(check, ...flags, "--format", "github");
    expect([status, shownInAnnotations(stdout).filter(({ level }) => level === "error")]).toEqual([1, error]);
  });
});

describe("the report of npx portcullis doctor", () => {
  const target = { ...soundState().target, environment: "dev" };
  const checked = examine({ ...soundState(), table: { failure: { why: "denied", fix: HOSTILE.join(" ") } } });

  it("is a SARIF log with a rule for each check, a file for each result, and no notes", () => {
    const report = asReport(checked, target, "policies");
    const run = readSarif(JSON.stringify(sarifLog(report)));
    const findings = checked.flatMap(({ check: rule, findings }) =>
      findings.filter(({ severity }) => severity !== "note").map(() => rule),
    );
    expect(findings.length).toBeGreaterThan(0);
    expect(run.results.map(({ ruleId }) => ruleId)).toEqual(findings);
    expect(new Set(shownInSarif(run).map(({ file }) => file))).toEqual(new Set(["policies/api.yaml"]));
    expect(run.automationDetails.id).toBe("doctor-dev/");
  });

  it("is one annotation for each finding, without a file", () => {
    const report = asReport(checked, target, "policies");
    const shown = shownInAnnotations(annotations(report).join("\n"));
    expect(shown.map(({ rule, file }) => [rule, file])).toEqual(
      report.results.map(({ rule }) => [rule, undefined]),
    );
  });
});

it("gives no rule of policy files the name of a check of doctor", () => {
  expect(CHECKS.map(({ name }) => name).filter((name) => name in RULES)).toEqual([]);
});
