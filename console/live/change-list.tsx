import type { LiveAccessSection, PoliciesEvent } from "../../core/policy-files/live-events.ts";
import { clockTime, countLines, isChange, isRejected, summarizeEvent } from "./policies-events.ts";

/** Lists the changes of the policy files, the newest first and expanded, the others collapsed. */
export function ChangeList({ events }: { events: readonly PoliciesEvent[] }) {
  const changes = events.filter(isChange);
  return (
    <section class="file-changes" aria-labelledby="changes-title">
      <h3 id="changes-title">Policy files</h3>
      {changes.length === 0 && (
        <p class="quiet">Save a policy file to see here at once which access it changes.</p>
      )}
      {changes.map((event, index) => (
        <Change key={`${event.time} ${event.folder}`} event={event} open={index === 0} />
      ))}
    </section>
  );
}

function Change({ event, open }: { event: PoliciesEvent; open: boolean }) {
  return (
    <details class={isRejected(event) ? "file-change file-change-bad" : "file-change"} open={open}>
      <summary>
        <time dateTime={event.time}>{clockTime(event.time)}</time> {summarizeEvent(event)}
      </summary>
      <div class="file-change-body">
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

/** Triangles: up for gained access, down for lost access. */
const SHAPES: Readonly<Record<"gain" | "loss", string>> = {
  gain: "M8 2.5 14.5 13h-13Z",
  loss: "M8 13.5 1.5 3h13Z",
};

const GAINS: ReadonlySet<LiveAccessSection["kind"]> = new Set(["gained", "added", "reinstated"]);

function Section({ section }: { section: LiveAccessSection }) {
  const direction = GAINS.has(section.kind) ? "gain" : "loss";
  return (
    <div class={`access access-${direction}`}>
      <h4>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d={SHAPES[direction]} />
        </svg>
        {section.title} ({countLines(section)})
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
