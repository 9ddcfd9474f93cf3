import { useEffect, useMemo, useState } from "preact/hooks";
import type { LoadedConsole } from "../load.ts";
import { Feed, type FeedState } from "./feed.ts";

/** URL of the event stream, relative to the page. */
const EVENTS = "console/events";

/** Opens the event stream if a stack runs behind the page, and reloads the policies whenever they have changed. */
export function useFeed(console: LoadedConsole | undefined, reload: () => void): Feed | undefined {
  const live = console?.live === true;
  const feed = useMemo(() => (live ? new Feed(EVENTS) : undefined), [live]);
  useEffect(() => () => feed?.close(), [feed]);
  const current = useFeedState(feed)?.policiesEvents[0]?.version;
  const loaded = console?.version;
  useEffect(() => {
    if (current !== undefined && current !== loaded) reload();
  }, [current, loaded, reload]);
  return feed;
}

/** Returns the feed's state, and redraws the component whenever it changes. */
export function useFeedState<T extends Feed | undefined>(
  feed: T,
): T extends Feed ? FeedState : FeedState | undefined {
  const [, draw] = useState(0);
  useEffect(() => feed?.follow(() => draw((times) => times + 1)), [feed]);
  return feed?.state as T extends Feed ? FeedState : FeedState | undefined;
}
