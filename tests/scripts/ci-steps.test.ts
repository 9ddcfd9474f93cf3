import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

/** Runs steps as `.ci/run` does. Returns the list of failures at its end, the counts and the exit status. */
function runSteps(steps: string): { failures: string; counts: string; status: number | null } {
  const script = `set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source .ci/steps.sh
prints() { printf '%b\\n' "$2"; return "$1"; }
${steps}
report`;
  const { stdout, status } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  const [, failures = ""] = stdout.split("=== failed\n");
  return { failures, counts: stdout.trimEnd().split("\n").at(-1) ?? "", status };
}

describe("the steps of .ci/run", () => {
  it("are counted, and none is listed if all pass", () => {
    const { failures, counts, status } = runSteps(`
      step "a step" true
      counted "the tests" prints 0 'Test Files  2 passed (2)\\n Tests  30 passed (30)'`);
    expect([failures, counts, status]).toEqual(["", "31 passed, 0 failed", 0]);
  });

  it.each([
    [
      "Vitest",
      "\\e[41m FAIL \\e[49m unit tests/a.test.ts > claim\\nAssertionError: expected 1 to be 2\\n Tests  1 failed | 30 passed (31)",
      ["FAIL  unit tests/a.test.ts > claim", "AssertionError: expected 1 to be 2"],
    ],
    [
      "a test file that cannot be loaded",
      " FAIL  unit tests/a.test.ts\\nTypeError: x\\n Tests  30 passed",
      ["FAIL", "TypeError: x"],
    ],
    [
      "a report",
      "  ✓ one\\n  ✗ two\\n      expected 200\\n  ✓ three\\n30 passed, 1 failed",
      ["✗ two", "expected 200"],
    ],
    [
      "a report whose process fails after it",
      "Error [ERR_X]: at the end\\n30 passed, 0 failed",
      ["Error [ERR_X]: at the end"],
    ],
    [
      "Terraform's own tests",
      '  run "one"... pass\\n  run "two"... fail\\n│ Error: Test assertion failed\\n30 passed, 1 failed',
      ['run "two"... fail', "Error: Test assertion failed"],
    ],
    ["an unknown form", "what it is\\n30 passed", ["what it is"]],
  ])("name what failed in the output of %s", (_, output, named) => {
    const { failures, counts, status } = runSteps(`counted "the tests" prints 3 '${output}'`);
    expect(failures).toContain("!!! failed: the tests");
    for (const text of named) expect(failures).toContain(text);
    expect(failures).not.toMatch(/✓|pass$/m);
    expect([counts, status]).toEqual(["30 passed, 1 failed", 1]);
  });

  it("count each failed test, and name every one of up to a hundred", () => {
    const lines = Array.from({ length: 40 }, (_, index) => `  ✗ claim ${index}`).join("\\n");
    const { failures, counts } = runSteps(`counted "the tests" prints 1 '${lines}\\n2 passed, 40 failed'`);
    expect(counts).toBe("2 passed, 40 failed");
    expect(failures.match(/✗ claim/g)).toHaveLength(40);
  });

  it.each([
    ["which counted no test", "nothing"],
    ["which ended with 0 but counted 2 failed", "3 passed, 2 failed"],
  ])("fail if they end with 0, %s", (why, output) => {
    const { failures, status } = runSteps(`counted "the tests" prints 0 '${output}'`);
    expect(failures).toContain(`!!! failed: the tests, ${why}`);
    expect(status).toBe(1);
  });

  it("list a failure of the background, also of what was killed", () => {
    const { failures, counts } = runSteps(`
      in_background slow prints 1 '  ✗ in the background\\n4 passed, 1 failed'
      in_background killed sh -c 'kill -9 $PPID'
      counted "slow" end slow
      step "killed" end killed`);
    expect(failures).toContain("!!! failed: slow\n  ✗ in the background");
    expect(failures).toContain("!!! failed: killed\n!!! test:killed was killed");
    expect(counts).toBe("4 passed, 2 failed");
  });
});
