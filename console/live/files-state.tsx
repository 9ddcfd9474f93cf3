import { useEffect, useState } from "preact/hooks";
import type { PoliciesEvent } from "../../core/policy-files/live-events.ts";
import { useFocusFallback } from "../parts/focus-fallback.ts";
import type { Feed } from "./feed.ts";
import { clockTime, isRejected, latestChanges, summarizeEvent } from "./policies-events.ts";
import { useFeedState } from "./use-feed.ts";

/** How long a change of the files is news, in ms. Files with errors are reported until they have none. */
const NEWS = 60_000;

const isNews = (event: PoliciesEvent): boolean =>
  isRejected(event) || Date.now() - Date.parse(event.time) < NEWS;

/** Draws again while the page is open, so that old news disappears. */
function useClock(): void {
  const [, draw] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => draw((times) => times + 1), 5_000);
    return () => clearInterval(timer);
  }, []);
}

/** Reports, above every view but Live, that the policy files have errors or have changed. */
export function FilesState({ feed }: { feed: Feed }) {
  const { policiesEvents, connection } = useFeedState(feed);
  const [hidden, setHidden] = useState("");
  useFocusFallback();
  useClock();
  return (
    <div class="files-state" role="status">
      {connection === "lost" && (
        <p class="state state-bad">
          The stack does not respond, so this page may be out of date. Check that{" "}
          <code>npx portcullis start</code> is running.
        </p>
      )}
      {latestChanges(policiesEvents)
        .filter((event) => event.time > hidden && isNews(event))
        .map((event) => (
          <State key={event.folder} event={event} hide={() => setHidden(event.time)} />
        ))}
    </div>
  );
}

function State({ event, hide }: { event: PoliciesEvent; hide: () => void }) {
  return (
    <p class={isRejected(event) ? "state state-bad" : "state"}>
      <span>
        {clockTime(event.time)} · {summarizeEvent(event)}.
      </span>
      <a href="#live">What changed</a>
      <button type="button" onClick={hide}>
        Hide
      </button>
    </p>
  );
}
