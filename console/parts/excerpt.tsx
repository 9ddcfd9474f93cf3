import type { Position } from "../../core/files/problem.ts";
import type { FileTexts } from "../open-set.ts";

const AROUND = 2;

/** A place in a policy file: the lines around it, and the one that is meant marked. */
export function Excerpt({ at, files }: { at: Position; files: FileTexts }) {
  const lines = files[at.file]?.split("\n") ?? [];
  const first = Math.max(1, at.line - AROUND);
  const shown = lines.slice(first - 1, at.line + AROUND);
  return (
    <figure class="excerpt">
      <figcaption>
        {at.file}:{at.line}
      </figcaption>
      {shown.length > 0 && (
        <pre>
          {shown.map((text, index) => (
            <Line key={first + index} number={first + index} text={text} marked={first + index === at.line} />
          ))}
        </pre>
      )}
    </figure>
  );
}

function Line({ number, text, marked }: { number: number; text: string; marked: boolean }) {
  const content = (
    <>
      <span class="line-number">{number}</span>
      {marked && <span class="hidden">this line: </span>}
      {`${text}\n`}
    </>
  );
  return marked ? <mark class="line">{content}</mark> : <span class="line">{content}</span>;
}
