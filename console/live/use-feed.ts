import { useEffect, useMemo, useState } from "preact/hooks";
import type { LoadedConsole } from "../load.ts";
import { Feed, type FeedState } from "./feed.ts";

/** Where the events are, relative to the page. */
const EVENTS = "console/events";

/** Hears of what happens where a stack runs behind the page, and loads the policies anew when they are others. */
export function useFeed(console: LoadedConsole | undefined, reload: () => void): Feed | undefined {
  const live = console?.live === true;
  const feed = useMemo(() => (live ? new Feed(EVENTS) : undefined), [live]);
  useEffect(() => () => feed?.close(), [feed]);
  const told = useFeedState(feed)?.readings[0]?.version;
  const shown = console?.version;
  useEffect(() => {
    if (told !== undefined && told !== shown) reload();
  }, [told, shown, reload]);
  return feed;
}

/** What is known now; draws again whenever more is. */
export function useFeedState<T extends Feed | undefined>(
  feed: T,
): T extends Feed ? FeedState : FeedState | undefined {
  const [, draw] = useState(0);
  useEffect(() => feed?.follow(() => draw((times) => times + 1)), [feed]);
  return feed?.state as T extends Feed ? FeedState : FeedState | undefined;
}
