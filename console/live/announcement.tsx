import { useEffect, useRef, useState } from "preact/hooks";
import type { LiveDecision } from "../../core/policy-files/live-events.ts";
import type { Feed } from "./feed.ts";
import { OUTCOMES } from "./outcome-mark.tsx";
import { isChange, readingText } from "./readings.ts";
import { useFeedState } from "./use-feed.ts";

/** In ms: a listener is told so often at most, however many decisions there are. */
const TELL_EVERY = 10_000;

/** Tells those who do not see the list how many decisions there were, now and then, and each change of the files. */
export function Announcement({ feed }: { feed: Feed }) {
  const { readings } = useFeedState(feed);
  const counts = useCounts(feed);
  const change = readings.find(isChange);
  return (
    <>
      <p class="hidden" role="status">
        {counts}
      </p>
      <p class="hidden" role="status">
        {change === undefined ? "" : readingText(change)}
      </p>
    </>
  );
}

function useCounts(feed: Feed): string {
  const [text, setText] = useState("");
  // What is told on connecting is not new: counted is from the first time on.
  const told = useRef<number | undefined>(undefined);
  useEffect(() => {
    const timer = setInterval(() => {
      const { count, decisions } = feed.state;
      const fresh = count - (told.current ?? count);
      if (fresh > 0) setText(countsText(fresh, decisions.slice(0, fresh)));
      told.current = count;
    }, TELL_EVERY);
    return () => clearInterval(timer);
  }, [feed]);
  return text;
}

function countsText(count: number, decisions: readonly LiveDecision[]): string {
  const outcomes = Object.entries(OUTCOMES).flatMap(([outcome, word]) => {
    const found = decisions.filter((decision) => decision.outcome === outcome).length;
    return found === 0 ? [] : [`${found} ${word}`];
  });
  return `${count} new decisions: ${outcomes.join(", ")}`;
}
