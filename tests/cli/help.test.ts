import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { VERB_GROUPS, VERBS } from "../../cli/verbs.ts";
import { commandsPage } from "../../scripts/commands-page.ts";
import { runVerb } from "./run-verb.ts";

describe("the verb table", () => {
  it("has every verb in one group", () => {
    const names = Object.values(VERB_GROUPS).flatMap((verbs) => Object.keys(verbs));
    expect(names).toEqual([...new Set(names)]);
    expect(Object.keys(VERBS)).toEqual(names);
  });

  it("is the source of docs/commands.md", async () => {
    expect(readFileSync("docs/commands.md", "utf8")).toBe(await commandsPage());
  });
});

describe.each(Object.entries(VERBS))("%s", (name, { load }) => {
  it("prints its help, with default and example for each flag", async () => {
    const command = await load();
    const { status, stdout } = await runVerb(command, "--help");
    expect([status, command.name, stdout.trim()]).toEqual([0, name, command.help]);
    for (const flag of Object.keys(command.flags)) {
      const described = stdout.split(new RegExp(`\\n {2}--${flag}(?=[ \\n])`))[1]?.split("\n  --")[0] ?? "";
      expect(described, flag).toMatch(/\n {6}\S.*\n[\s\S]* {6}Default: .+\. Example: --/);
      expect(described, flag).toContain(`Example: --${flag}`);
      expect(described, flag).not.toMatch(/Example: --\S+ $/m);
    }
    const prose = stdout.split("\n").filter((line) => !line.includes("Example: --"));
    expect(prose.filter((line) => line.length > 130)).toEqual([]);
    expect(stdout).toMatch(/\nExit status:\n {2}0 {2}.+\n( {2}1 {2}.+\n)? {2}2 {2}wrong use/);
  });

  it("parses every example of its help and of its flags", async () => {
    const { flags, examples, usage } = await load();
    for (const example of examples) {
      expect(example.split(" ")[0]).toBe(name);
      for (const [flag] of example.matchAll(/--[a-z-]+(?=[ =]|$)/g))
        expect(Object.keys(flags), example).toContain(flag.slice(2));
    }
    for (const flag of Object.keys(flags)) expect(usage).toContain(`--${flag}`);
  });

  it("suggests the flag for a misspelled one", async () => {
    const command = await load();
    const [flag = ""] = Object.keys(command.flags).filter((known) => known.length > 4);
    await expect(runVerb(command, `--${flag.slice(0, -1)}`)).rejects.toThrow(
      `unknown flag --${flag.slice(0, -1)}; did you mean "--`,
    );
  });
});
