import { describe, expect, it } from "vitest";
import { test as testVerb } from "../../../cli/commands/policies/test.ts";
import { runVerb, sampleWith } from "../run-verb.ts";

const EXPECTATION = (line: string): string =>
  `- as: { tenant: acme, roles: [viewer], subject: ann }\n  ${line}\n`;

describe("test", () => {
  it("meets the sample's expectations and tells which grants none of them touches", async () => {
    const { status, stdout } = await runVerb(testVerb, "--policies", sampleWith());
    expect(status).toBe(0);
    expect(stdout).toMatch(/^(\d+) of \1 expectations are met$/m);
    expect(stdout).toContain("untouched: accountant: GET /invoices/{invoiceId}");
  });

  it.each([
    [
      "something that is refused",
      "can: [POST /documents]",
      "acme viewer ann can POST /documents (denied: route_not_granted)",
    ],
    [
      "a refusal of something allowed",
      "cannot: [GET /documents]",
      "acme viewer ann cannot GET /documents (allowed)",
    ],
    ["a route that there is not", "cannot: [GET /nowhere]", "cannot GET /nowhere (no such route)"],
  ])("fails an expectation of %s, with its line", async (_, line, message) => {
    const folder = sampleWith({ "tests/access.yaml": EXPECTATION(line) });
    const { status, stdout } = await runVerb(testVerb, "--policies", folder);
    expect(status).toBe(1);
    expect(stdout).toMatch(/tests\/access\.yaml:2:\d+: failed: /);
    expect(stdout).toContain(message);
  });

  it("fails an empty file", async () => {
    const { status, stderr } = await runVerb(
      testVerb,
      "--policies",
      sampleWith({ "tests/access.yaml": "[]\n" }),
    );
    expect(status).toBe(1);
    expect(stderr).toContain("expected a list with at least one test");
  });

  it("lists the changes of one grant that no expectation notices, and not those that one does", async () => {
    const { stdout } = await runVerb(testVerb, "--mutate", "--json", "--policies", sampleWith());
    const { unnoticed } = JSON.parse(stdout) as { unnoticed: string[] };
    expect(unnoticed).toContain("viewer loses GET /documents/{documentId}/comments");
    expect(unnoticed).not.toContain("acme: never loses DELETE /documents/{documentId}");
    expect(unnoticed).not.toContain("editor loses PUT /documents/{documentId}");
    expect(unnoticed).not.toContain("editor gets PATCH /users/{userId} unbound");
    expect(unnoticed).not.toContain("globex: the change to editor is gone");
  });
});
