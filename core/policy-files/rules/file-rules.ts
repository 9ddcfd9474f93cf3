import type { RuleText } from "./rule-text.ts";

/** Rules about the policy files as files: names, syntax and the form of values. */
export const FILE_RULES = {
  "invalid-syntax": {
    about: "A file is not valid YAML or JSON.",
    fix: "Correct the line. A value that YAML reads differently than it is meant goes into double quotes.",
  },
  "unknown-key": {
    about: "A mapping has a key that does not exist there.",
    fix: "Correct the spelling. The message suggests a similar key.",
  },
  "missing-value": {
    about: "A required key has no value.",
    fix: "Add the key with a value of the expected kind.",
  },
  "invalid-value": {
    about: "A value is of another kind or form than expected.",
    fix: "Write a value of the expected kind. A string that YAML reads as a number or a date goes into quotes.",
  },
  "invalid-name": {
    about: "A name contains characters that are not allowed, or is reserved.",
    fix: "Choose another name.",
  },
  "missing-file": { about: "A file that the policy folder needs does not exist.", fix: "Add the file." },
  "unexpected-file": {
    about: "A file is in a place where no policy files are read.",
    fix: "Move or rename the file, so that its name or its folder says what it is.",
  },
  "duplicate-file": {
    about: "A file exists twice, with different extensions.",
    fix: "Keep one of the two files.",
  },
  "empty-file": {
    about: "A file that lists something lists nothing.",
    fix: "Add an entry, or remove the file.",
  },
  "misspelt-environment": {
    about: "A folder of tenants is not read, and its name is similar to that of the environment.",
    fix: "Rename the folder, or ignore the warning if another environment has that name.",
  },
} as const satisfies Readonly<Record<string, RuleText>>;
