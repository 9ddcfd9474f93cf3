import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findAvoidedWords, isSearched, printAvoidedWord } from "../../scripts/plain-words.ts";

/** Written in two parts, because this file is searched too. */
const AVOIDED = ["te" + "ll", "te" + "lls", "to" + "ld", "who" + "ever", "a" + "new"].concat([
  "me" + "nd",
  "me" + "nds",
  "me" + "nded",
  "be" + "side",
]);

describe("the check for plain words", () => {
  it.each(AVOIDED)("finds %s, in upper and lower case, with its line", (word) => {
    for (const written of [word, word.toUpperCase()])
      expect(findAvoidedWords("docs/a.md", `One.\n(${written})`)).toMatchObject([
        { file: "docs/a.md", line: 2, word: written },
      ]);
  });

  it("prints file, line, word and what to write instead", () => {
    const [found] = findAvoidedWords("cli/a.ts", `// ${AVOIDED[5]} it`);
    expect(found && printAvoidedWord(found)).toBe(`cli/a.ts:1: "${AVOIDED[5]}": write fix`);
  });

  it("finds every use on a line", () => {
    expect(findAvoidedWords("a.md", `${AVOIDED[0]} and ${AVOIDED[0]}`)).toHaveLength(2);
  });

  it("leaves longer words alone", () => {
    expect(findAvoidedWords("a.md", "intelligent, recommended, besides, renewal, untoldStories")).toEqual([]);
  });

  it.each(["README.md", "cli/verbs.ts", "main.tf", "policies/api.yaml", "policies/schema/api.schema.json"])(
    "searches %s",
    (file) => expect(isSearched(file)).toBe(true),
  );

  it.each([
    "CHANGELOG.md",
    "LICENSE",
    "package-lock.json",
    "scripts/plain-words.ts",
    "tests/fixtures/v0.1/policies/api.yaml",
    "packages/caller/dist/main.d.ts",
  ])("does not search %s", (file) => expect(isSearched(file)).toBe(false));

  it("is a step of npm run check", () => {
    expect(readFileSync("scripts/check-source.ts", "utf8")).toContain(
      '["plain words", "tsx", "scripts/check-words.ts"]',
    );
  });
});
