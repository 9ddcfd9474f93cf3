import { chdir, cwd } from "node:process";
import { afterEach, describe, expect, it } from "vitest";
import { doctor } from "../../../cli/commands/deploy/doctor.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

const named = ["--api", "a", "--stage", "dev", "--table", "abc", "--function", "f"];
const before = cwd();
afterEach(() => chdir(before));

describe("portcullis doctor", () => {
  it("says in its help what it looks at, and that it changes nothing", async () => {
    const { status, stdout } = await runVerb(doctor, "--help");
    expect([status, stdout.includes("It changes nothing")]).toEqual([0, true]);
  });

  it("names the command that makes a missing build", async () => {
    const policies = sampleWith();
    chdir(policies);
    await expect(runVerb(doctor, "--policies", ".", ...named)).rejects.toThrow(
      "there is no build in build/: npx portcullis build",
    );
  });

  it("tells what is wrong with the policy files, and asks nobody", async () => {
    const policies = sampleWith({ "plans.yaml": "enterprise: 3\n" });
    const { status, stderr } = await runVerb(doctor, "--policies", policies, ...named);
    expect(status).toBe(1);
    expect(stderr).toContain("plans.yaml:1");
  });

  it("knows its flags", async () => {
    await expect(runVerb(doctor, "--tabel", "x")).rejects.toThrow('did you mean "--table"');
  });
});
