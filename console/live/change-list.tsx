import type { LiveAccessSection, PoliciesEvent } from "../../core/policy-files/live-events.ts";
import { clockTime, countOf, isChange, isLeftOut, readingText } from "./readings.ts";

/** What files on disk changed: the newest open, the others to be opened. */
export function ChangeList({ readings }: { readings: readonly PoliciesEvent[] }) {
  const changes = readings.filter(isChange);
  return (
    <section class="readings" aria-labelledby="changes-title">
      <h3 id="changes-title">Policy files</h3>
      {changes.length === 0 && (
        <p class="quiet">Save a file of the policies: what access that changes is told here at once.</p>
      )}
      {changes.map((event, index) => (
        <Change key={`${event.time} ${event.folder}`} event={event} open={index === 0} />
      ))}
    </section>
  );
}

function Change({ event, open }: { event: PoliciesEvent; open: boolean }) {
  return (
    <details class={isLeftOut(event) ? "reading reading-bad" : "reading"} open={open}>
      <summary>
        <time dateTime={event.time}>{clockTime(event.time)}</time> {readingText(event)}
      </summary>
      <div class="reading-body">
        {event.failure !== null && <p>{event.failure}</p>}
        {event.problems.length > 0 && <Problems event={event} />}
        {event.changes.map((section) => (
          <Section key={section.kind} section={section} />
        ))}
        {event.changes.length > 0 && <p class="quiet">{event.summary}</p>}
      </div>
    </details>
  );
}

function Problems({ event: { problems, more } }: { event: PoliciesEvent }) {
  return (
    <ul class="file-problems">
      {problems.map(({ file, line, column, message }) => (
        <li key={`${file}:${line}:${column}:${message}`}>
          <code>
            {file}:{line}:{column}
          </code>{" "}
          {message}
        </li>
      ))}
      {more > 0 && <li>and {more} more</li>}
    </ul>
  );
}

/** Up for more access, down for less. */
const SHAPES: Readonly<Record<"gain" | "loss", string>> = {
  gain: "M8 2.5 14.5 13h-13Z",
  loss: "M8 13.5 1.5 3h13Z",
};

const GAINS: ReadonlySet<LiveAccessSection["kind"]> = new Set(["gained", "added", "reinstated"]);

function Section({ section }: { section: LiveAccessSection }) {
  const direction = GAINS.has(section.kind) ? "gain" : "loss";
  return (
    <div class={`told told-${direction}`}>
      <h4>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d={SHAPES[direction]} />
        </svg>
        {section.title} ({countOf(section)})
      </h4>
      <ul>
        {section.lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
        {section.more > 0 && <li>and {section.more} more</li>}
      </ul>
    </div>
  );
}
