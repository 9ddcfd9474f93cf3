import { useState } from "preact/hooks";
import type { PoliciesEvent } from "../../core/policy-files/live-events.ts";
import { useFocusFallback } from "../parts/focus-fallback.ts";
import type { Feed } from "./feed.ts";
import { clockTime, isRejected, latestChanges, summarizeEvent } from "./policies-events.ts";
import { useFeedState } from "./use-feed.ts";

/** Reports, above every view but Live, that the policy files have errors or have changed. */
export function FilesState({ feed }: { feed: Feed }) {
  const { policiesEvents, connection } = useFeedState(feed);
  const [hidden, setHidden] = useState("");
  useFocusFallback();
  return (
    <div class="files-state" role="status">
      {connection === "lost" && (
        <p class="state state-bad">
          The stack does not respond, so this page may be out of date. Check that{" "}
          <code>npx portcullis start</code> is running.
        </p>
      )}
      {latestChanges(policiesEvents)
        .filter(({ time }) => time > hidden)
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
