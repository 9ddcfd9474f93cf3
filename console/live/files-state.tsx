import { useState } from "preact/hooks";
import type { PoliciesEvent } from "../../core/policy-files/live-events.ts";
import { useKeptFocus } from "../parts/kept-focus.ts";
import type { Feed } from "./feed.ts";
import { clockTime, isLeftOut, readingText, standing } from "./readings.ts";
import { useFeedState } from "./use-feed.ts";

/** In every other view: that the files are broken, or have changed. */
export function FilesState({ feed }: { feed: Feed }) {
  const { readings, connection } = useFeedState(feed);
  const [hidden, setHidden] = useState("");
  useKeptFocus();
  return (
    <div class="files-state" role="status">
      {connection === "lost" && (
        <p class="state state-bad">
          The stack does not answer: what is shown is what it last said. Is <code>npx portcullis start</code>{" "}
          running?
        </p>
      )}
      {standing(readings)
        .filter(({ time }) => time > hidden)
        .map((event) => (
          <State key={event.folder} event={event} hide={() => setHidden(event.time)} />
        ))}
    </div>
  );
}

function State({ event, hide }: { event: PoliciesEvent; hide: () => void }) {
  return (
    <p class={isLeftOut(event) ? "state state-bad" : "state"}>
      <span>
        {clockTime(event.time)} · {readingText(event)}.
      </span>
      <a href="#live">What changed</a>
      <button type="button" onClick={hide}>
        Hide
      </button>
    </p>
  );
}
