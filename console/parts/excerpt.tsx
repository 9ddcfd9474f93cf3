import type { Position } from "../../core/policy-files/source/problem.ts";
import type { FileTexts } from "../open-set.ts";

const AROUND = 2;

interface ExcerptProps {
  readonly at: Position;
  readonly files: FileTexts;
  readonly open?: boolean;
}

/** A place in a policy file: the lines around it, and the one that is meant marked. */
export function Excerpt({ at, files, open = true }: ExcerptProps) {
  const lines = files[at.file]?.split("\n") ?? [];
  const first = Math.max(1, at.line - AROUND);
  const shown = lines.slice(first - 1, at.line + AROUND);
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
