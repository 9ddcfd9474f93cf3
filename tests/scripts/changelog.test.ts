import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { releaseNotes } from "../../scripts/changelog.ts";

const CHANGELOG = `# Changelog

## [0.3.0] - 2027-02-01

### Decisions

- A new reason.

## [0.2.1] - 2027-01-02

## [0.2.0] - Unreleased

- The first version.
`;

describe("the notes of a release", () => {
  it("are the section of its version", () => {
    expect(releaseNotes(CHANGELOG, "0.3.0")).toBe("### Decisions\n\n- A new reason.");
  });

  it.each([
    ["0.2.0", 'has no date: write "## [0.2.0] - YYYY-MM-DD"'],
    ["0.2.1", "lists nothing for 0.2.1"],
    ["0.2", 'has no section "## [0.2]"'],
  ])("are rejected for %s", (version, message) => {
    expect(() => releaseNotes(CHANGELOG, version)).toThrow(message);
  });

  it("exist for the version of package.json, once it has a date", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    const dated = readFileSync("CHANGELOG.md", "utf8").replace(" - Unreleased", " - 2027-01-01");
    expect(releaseNotes(dated, version)).toContain("### ");
  });
});
