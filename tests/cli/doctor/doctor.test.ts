import { chdir, cwd } from "node:process";
import { afterEach, describe, expect, it } from "vitest";
import { doctor } from "../../../cli/commands/deploy/doctor.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

const deployment = ["--api", "a", "--stage", "dev", "--table", "abc", "--function", "f"];
const before = cwd();
afterEach(() => chdir(before));

describe("npx portcullis doctor", () => {
  it("says in its help that it changes nothing", async () => {
    const { status, stdout } = await runVerb(doctor, "--help");
    expect([status, stdout.includes("It changes nothing")]).toEqual([0, true]);
  });

  it("names the command that creates a missing build", async () => {
    const policies = sampleWith();
    chdir(policies);
    await expect(runVerb(doctor, "--policies", ".", ...deployment)).rejects.toThrow(
      "there is no build in build/: run npx portcullis build",
    );
  });

  it("prints errors of the policy files, and sends no requests", async () => {
    const policies = sampleWith({ "plans.yaml": "enterprise: 3\n" });
    const { status, stderr } = await runVerb(doctor, "--policies", policies, ...deployment);
    expect(status).toBe(2);
    expect(stderr).toContain("plans.yaml:1");
  });

  it("suggests a similar flag", async () => {
    await expect(runVerb(doctor, "--tabel", "x")).rejects.toThrow('did you mean "--table"');
  });
});
