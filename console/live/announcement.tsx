import { useEffect, useRef, useState } from "preact/hooks";
import type { LiveDecision } from "../../core/policy-files/live-events.ts";
import type { Feed } from "./feed.ts";
import { OUTCOMES } from "./outcome-mark.tsx";
import { isChange, summarizeEvent } from "./policies-events.ts";
import { useFeedState } from "./use-feed.ts";

/** The shortest time between two announcements, in ms. */
const ANNOUNCE_EVERY = 10_000;

/** Announces the number of new decisions at intervals, and each change of the files, to screen readers. */
export function Announcement({ feed }: { feed: Feed }) {
  const { policiesEvents } = useFeedState(feed);
  const counts = useCounts(feed);
  const change = policiesEvents.find(isChange);
  return (
    <>
      <p class="hidden" role="status">
        {counts}
      </p>
      <p class="hidden" role="status">
        {change === undefined ? "" : summarizeEvent(change)}
      </p>
    </>
  );
}

function useCounts(feed: Feed): string {
  const [text, setText] = useState("");
  // The stack first sends decisions from before the connection. They are not new, so counting begins after them.
  const announced = useRef<number | undefined>(undefined);
  useEffect(() => {
    const timer = setInterval(() => {
      const { count, decisions } = feed.state;
      const fresh = count - (announced.current ?? count);
      if (fresh > 0) setText(summarizeCounts(fresh, decisions.slice(0, fresh)));
      announced.current = count;
    }, ANNOUNCE_EVERY);
    return () => clearInterval(timer);
  }, [feed]);
  return text;
}

function summarizeCounts(count: number, decisions: readonly LiveDecision[]): string {
  const outcomes = Object.entries(OUTCOMES).flatMap(([outcome, word]) => {
    const found = decisions.filter((decision) => decision.outcome === outcome).length;
    return found === 0 ? [] : [`${found} ${word}`];
  });
  return `${count} new decisions: ${outcomes.join(", ")}`;
}
