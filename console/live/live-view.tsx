import { useRef, useState } from "preact/hooks";
import type { ViewProps } from "../view.ts";
import { Announcement } from "./announcement.tsx";
import { ChangeList } from "./change-list.tsx";
import { DecisionList } from "./decision-list.tsx";
import { type Feed, type FeedState, MAX_DECISIONS } from "./feed.ts";
import { Filters } from "./filters.tsx";
import { filterDecisions, readSelection } from "./selection.ts";
import { useFeedState } from "./use-feed.ts";

/** Shows decisions as they are made, and which access each change of the policy files changes. */
export function LiveView({ feed, ...props }: ViewProps) {
  return feed === undefined ? null : <LiveFeed feed={feed} {...props} />;
}

function LiveFeed({ feed, page, go }: Omit<ViewProps, "feed"> & { feed: Feed }) {
  const state = useFeedState(feed);
  const [paused, setPaused] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  const held = useHeld(state, paused || scrolled);
  const selection = readSelection(page.params);
  const shown = filterDecisions(held.decisions, selection);
  const fresh = state.count - held.count;
  return (
    <>
      <div class="live-head">
        <h2>Live</h2>
        <Connection connection={state.connection} />
        <button type="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? "Paused" : "Pause"}
        </button>
      </div>
      <ChangeList events={state.policiesEvents} />
      <section class="watched" aria-labelledby="decisions-title">
        <h3 id="decisions-title">Decisions</h3>
        <Filters decisions={held.decisions} selection={selection} go={go} />
        <p class="quiet">{countText(shown.length, held.decisions.length, fresh, paused)}</p>
        {shown.length > 0 && <DecisionList decisions={shown} onScrolled={setScrolled} />}
        {held.decisions.length > 0 && shown.length === 0 && (
          <p class="nothing">
            No decision matches the filters. <a href="#live">Show all</a>
          </p>
        )}
        {state.decisions.length === 0 && (
          <p class="nothing">
            No request yet. <a href="#try">Try one</a>, or send one to <code>{location.origin}</code>.
          </p>
        )}
      </section>
      <Announcement feed={feed} />
    </>
  );
}

/** Returns the current state, or while `hold` is true, the state at the moment when it became true. */
function useHeld(state: FeedState, hold: boolean): FeedState {
  const held = useRef(state);
  if (!hold) held.current = state;
  return held.current;
}

const CONNECTIONS = {
  connecting: "connecting…",
  open: "listening",
  lost: "the stack does not respond",
} as const;

function Connection({ connection }: Pick<FeedState, "connection">) {
  return (
    <p class={`connection connection-${connection}`} role="status">
      {CONNECTIONS[connection]}
    </p>
  );
}

function countText(shown: number, total: number, fresh: number, paused: boolean): string {
  const count = shown === total ? `${total}` : `${shown} of ${total}`;
  const limit = total === MAX_DECISIONS ? ", older ones are dropped" : "";
  const state = paused ? "paused" : "on hold while you scroll";
  return `${count} decisions${limit}${fresh > 0 ? `; ${state}, ${fresh} newer` : ""}`;
}
