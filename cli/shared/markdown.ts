import { oneLine } from "./output.ts";

/**
 * Returns text as a code span of Markdown, in which nothing is markup, a mention, a link or an image. Control characters
 * and those that reorder text are written as escapes. The fence is longer than any run of backticks in the text.
 */
export function code(text: string): string {
  const line = oneLine(text);
  if (line.trim() === "") return "`(empty)`";
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}
