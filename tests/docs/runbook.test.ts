import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/operations.md");
const runbook = page.slice(page.indexOf("## Runbook"), page.indexOf("## Disaster recovery"));
const sections = new Map(
  runbook
    .split(/^### Alarm: /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section]),
);

/** The names of the alarms, as the module's test lists all of them. */
const [, list = ""] =
  /output\.monitoring\.alarms == \[for name in \[([^\]]*)\]/.exec(
    read("tests/terraform/mock/observability.tftest.hcl"),
  ) ?? [];
const alarms = [...list.matchAll(/"([a-z-]+)"/g)].map(([, name = ""]) => name);
const queries = [...read("modules/observability/queries.tf").matchAll(/^\s+"([a-z]+\/[a-z ]+)"\s+= /gm)].map(
  ([, name]) => name,
);

describe("The runbook", () => {
  it("has a section for each alarm and for the objective, and no other", () => {
    expect(alarms.length).toBeGreaterThan(5);
    expect([...sections.keys()].sort()).toEqual([...alarms, "slo"].sort());
  });

  it.each([...sections])("has symptom, query, action and rollback for %s", (_name, section) => {
    for (const part of ["Symptom", "Query", "Action", "Roll back"])
      expect(section).toMatch(new RegExp(`^- \\*\\*${part}\\*\\*: \\S`, "m"));
  });

  it.each([...sections])("names in %s only saved queries that exist", (_name, section) => {
    for (const [, name] of section.matchAll(/`((?:decisions|requests)\/[^`]*)`/g))
      expect(queries).toContain(name);
  });

  it("links only sections of the page that exist", () => {
    const anchors = [...page.matchAll(/^##+ (.*)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, "")
        .replaceAll(" ", "-"),
    );
    for (const [, anchor] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
  });
});
