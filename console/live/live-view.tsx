import { useRef, useState } from "preact/hooks";
import type { ViewProps } from "../view.ts";
import { Announcement } from "./announcement.tsx";
import { ChangeList } from "./change-list.tsx";
import { DecisionList } from "./decision-list.tsx";
import { type Feed, type FeedState, KEPT } from "./feed.ts";
import { Filters } from "./filters.tsx";
import { selected, selectionIn } from "./selection.ts";
import { useFeedState } from "./use-feed.ts";

/** Decisions as they are made, and what changes of the files come to. */
export function LiveView({ feed, ...props }: ViewProps) {
  return feed === undefined ? null : <Watched feed={feed} {...props} />;
}

function Watched({ feed, page, go }: Omit<ViewProps, "feed"> & { feed: Feed }) {
  const state = useFeedState(feed);
  const [paused, setPaused] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  const held = useHeld(state, paused || scrolled);
  const selection = selectionIn(page.params);
  const shown = selected(held.decisions, selection);
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
      <ChangeList readings={state.readings} />
      <section class="watched" aria-labelledby="decisions-title">
        <h3 id="decisions-title">Decisions</h3>
        <Filters decisions={held.decisions} selection={selection} go={go} />
        <p class="quiet">{countText(shown.length, held.decisions.length, fresh, paused)}</p>
        {shown.length > 0 && <DecisionList decisions={shown} onScrolled={setScrolled} />}
        {held.decisions.length > 0 && shown.length === 0 && (
          <p class="nothing">
            No decision has all that is asked for. <a href="#live">Show all</a>
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

/** The state that is shown: while it is held, the one that there was when that began. */
function useHeld(state: FeedState, hold: boolean): FeedState {
  const held = useRef(state);
  if (!hold) held.current = state;
  return held.current;
}

const CONNECTIONS = {
  connecting: "connecting…",
  open: "listening",
  lost: "the stack does not answer",
} as const;

function Connection({ connection }: Pick<FeedState, "connection">) {
  return (
    <p class={`connection connection-${connection}`} role="status">
      {CONNECTIONS[connection]}
    </p>
  );
}

function countText(shown: number, known: number, fresh: number, paused: boolean): string {
  const of = shown === known ? `${known}` : `${shown} of ${known}`;
  const kept = known === KEPT ? `, the last that are kept` : "";
  const held = paused ? "paused" : "held while you read";
  return `${of} decisions${kept}${fresh > 0 ? `; ${held}, ${fresh} newer` : ""}`;
}
