import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DENY_REASONS } from "../../core/decision/denial.ts";
import { gatewayResponses } from "../../core/policy-files/openapi/gateway-responses.ts";

const PAGE = readFileSync("docs/clients.md", "utf8");

/** Returns the names in backticks in the first column of the table below a heading. */
function firstColumn(heading: string): string[] {
  const [, rest = ""] = PAGE.split(`\n${heading}\n`);
  const [section = ""] = rest.split("\n## ");
  const cells = [...section.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = ""]) => cell);
  return cells.slice(1).flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
}

describe("docs/clients.md", () => {
  it("lists every code of API Gateway with what a client does", () => {
    expect(firstColumn("## Every code").toSorted()).toEqual(Object.keys(gatewayResponses()).sort());
  });

  it("explains every reason for a 403", () => {
    expect(firstColumn("## Every reason for a 403")).toEqual(DENY_REASONS);
  });

  it("shows the tested client unchanged", () => {
    expect(PAGE).toContain(`\`\`\`ts\n${readFileSync("examples/client/call-api.ts", "utf8")}\`\`\``);
  });
});
