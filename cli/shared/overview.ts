import { VERB_GROUPS } from "../verbs.ts";

/** Returns the help of `npx portcullis` itself: all verbs, in their groups. */
export function overviewText(): string {
  const groups = Object.entries(VERB_GROUPS).map(([group, verbs]) => {
    const lines = Object.entries(verbs).map(([name, { about }]) => `  ${name.padEnd(11)} ${about}`);
    return `${group}\n${lines.join("\n")}`;
  });
  return `npx portcullis <verb> [flags]

${groups.join("\n\n")}

npx portcullis <verb> --help describes each flag, with its default and an example.
npx portcullis --version prints the version.

Exit status:
  0  done
  1  denied, or a check or an operation failed
  2  wrong use, or files that are missing or have errors`;
}
