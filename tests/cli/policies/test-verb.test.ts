import { describe, expect, it } from "vitest";
import { test as testVerb } from "../../../cli/commands/policies/test.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

const policyTest = (line: string): string =>
  `- as: { tenant: acme, roles: [viewer], subject: ann }\n  ${line}\n`;

describe("npx portcullis test", () => {
  it("passes for the sample, and prints the grants that no test covers", async () => {
    const { status, stdout } = await runVerb(testVerb, "--policies", sampleWith());
    expect(status).toBe(0);
    expect(stdout).toMatch(/^(\d+) of \1 policy tests passed$/m);
    expect(stdout).toContain("not covered: accountant: GET /invoices/{invoiceId}");
  });

  it.each([
    [
      "a request that is denied",
      "can: [POST /documents]",
      "acme viewer ann can POST /documents (denied: route_not_granted)",
    ],
    [
      "a denial of a request that is allowed",
      "cannot: [GET /documents]",
      "acme viewer ann cannot GET /documents (allowed)",
    ],
    ["an unknown route", "cannot: [GET /nowhere]", "cannot GET /nowhere (no such route)"],
  ])("fails a test that expects %s, with its line", async (_, line, message) => {
    const folder = sampleWith({ "tests/access.yaml": policyTest(line) });
    const { status, stdout } = await runVerb(testVerb, "--policies", folder);
    expect(status).toBe(1);
    expect(stdout).toMatch(/tests\/access\.yaml:2:\d+: failed: /);
    expect(stdout).toContain(message);
  });

  const unknown = (mark: string): string =>
    `- as: { tenant: umbrella, roles: [viewer] }\n  cannot: [GET /documents]\n${mark}`;

  it("fails a test whose tenant does not exist, although everything is denied to it", async () => {
    const folder = sampleWith({ "tests/access.yaml": unknown("") });
    const { status, stdout } = await runVerb(testVerb, "--policies", folder);
    expect(status).toBe(1);
    expect(stdout).toContain(
      'umbrella viewer cannot GET /documents (there is no tenant "umbrella": correct the name, or mark the test with the environment that has the tenant, as in environment: prod)',
    );
  });

  it.each(["environment: prod", "environment: [prod, staging]"])(
    "skips such a test in other environments than those that it is marked for: %s",
    async (mark) => {
      const folder = sampleWith({
        "tests/access.yaml": `${policyTest("can: [GET /documents]")}${unknown(`  ${mark}\n`)}`,
      });
      const { status, stdout } = await runVerb(testVerb, "--policies", folder);
      expect(status).toBe(0);
      expect(stdout).toContain(
        "1 of 1 policy test passed; 1 skipped, because they are for other environments than dev",
      );
      const prod = await runVerb(testVerb, "--policies", folder, "--environment", "prod");
      expect([prod.status, prod.stdout]).toEqual([
        1,
        expect.stringContaining('there is no tenant "umbrella"'),
      ]);
    },
  );

  it("skips a test whose tenant only another environment has a file of, without a mark", async () => {
    const folder = sampleWith({
      "tenants/prod/umbrella.yaml": "name: Umbrella\nplan: team\n",
      "tests/access.yaml": `${policyTest("can: [GET /documents]")}${unknown("")}`,
    });
    expect((await runVerb(testVerb, "--policies", folder)).status).toBe(0);
    const prod = await runVerb(testVerb, "--policies", folder, "--environment", "prod");
    expect(prod.stdout).toContain("umbrella viewer cannot GET /documents (allowed)");
  });

  it("rejects a mark for an environment that does not exist, with its line", async () => {
    const folder = sampleWith({ "tests/access.yaml": unknown("  environment: prdo\n") });
    await expect(runVerb(testVerb, "--policies", folder)).rejects.toThrow(
      /tests\/access\.yaml:2: environment: there is no environment "prdo"; did you mean "prod"\?/,
    );
  });

  it("fails for an empty file", async () => {
    const { status, stderr } = await runVerb(
      testVerb,
      "--policies",
      sampleWith({ "tests/access.yaml": "[]\n" }),
    );
    expect(status).toBe(2);
    expect(stderr).toContain("expected a list with at least one test");
  });

  it("lists only the changes of one grant that no test detects", async () => {
    const { stdout } = await runVerb(testVerb, "--mutate", "--format", "json", "--policies", sampleWith());
    const { unnoticed } = JSON.parse(stdout) as { unnoticed: string[] };
    expect(unnoticed).toContain("viewer loses GET /documents/{documentId}/comments");
    expect(unnoticed).not.toContain("acme: never loses DELETE /documents/{documentId}");
    expect(unnoticed).not.toContain("editor loses PUT /documents/{documentId}");
    expect(unnoticed).not.toContain("editor gets PATCH /users/{userId} unbound");
    expect(unnoticed).not.toContain("globex: the change to editor is gone");
  });
});
