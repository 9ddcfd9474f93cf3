import type { Position } from "../../core/policy-files/source/problem.ts";
import type { FileContents } from "../open-set.ts";

/** Lines shown above and below the marked one. */
const CONTEXT = 2;

interface ExcerptProps {
  readonly at: Position;
  readonly files: FileContents;
  readonly open?: boolean;
}

/** Shows a line of a policy file, marked, with the lines around it. */
export function Excerpt({ at, files, open = true }: ExcerptProps) {
  const lines = files[at.file]?.split("\n") ?? [];
  const first = Math.max(1, at.line - CONTEXT);
  const shown = lines.slice(first - 1, at.line + CONTEXT);
  return (
    <details class="excerpt" open={open}>
      <summary>
        {at.file}:{at.line}
      </summary>
      {shown.length > 0 && (
        <pre>
          {shown.map((text, index) => (
            <Line key={first + index} number={first + index} text={text} marked={first + index === at.line} />
          ))}
        </pre>
      )}
    </details>
  );
}

function Line({ number, text, marked }: { number: number; text: string; marked: boolean }) {
  const content = (
    <>
      <span class="line-number">{number}</span>
      <span>
        {marked && <span class="hidden">this line: </span>}
        {`${text}\n`}
      </span>
    </>
  );
  return marked ? <mark class="line">{content}</mark> : <span class="line">{content}</span>;
}
