import type { FunctionComponent } from "preact";
import type { Feed } from "./live/feed.ts";
import type { Console } from "./load.ts";
import type { Go, Place } from "./place.ts";

export interface ViewProps {
  readonly console: Console;
  readonly place: Place;
  readonly go: Go;
  /** What happens in the stack; absent where none runs. */
  readonly feed?: Feed | undefined;
}

export interface View {
  readonly name: string;
  readonly title: string;
  /** Needs a gateway behind the page. */
  readonly live?: true;
  /** Its part of the script, which is fetched when it is first shown. */
  load(): Promise<FunctionComponent<ViewProps>>;
}

/** In the order of the navigation; the first is shown where the address names none. */
export const VIEWS: readonly View[] = [
  {
    name: "matrix",
    title: "Matrix",
    load: async () => (await import("./matrix/matrix-view.tsx")).MatrixView,
  },
  {
    name: "groups",
    title: "Groups",
    load: async () => (await import("./groups/groups-view.tsx")).GroupsView,
  },
  {
    name: "try",
    title: "Try it",
    live: true,
    load: async () => (await import("./try-it/try-it-view.tsx")).TryItView,
  },
  {
    name: "live",
    title: "Live",
    live: true,
    load: async () => (await import("./live/live-view.tsx")).LiveView,
  },
];
