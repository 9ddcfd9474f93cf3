import type { FunctionComponent } from "preact";
import { GroupsView } from "./groups/groups-view.tsx";
import type { Feed } from "./live/feed.ts";
import { LiveView } from "./live/live-view.tsx";
import type { Console } from "./load.ts";
import { MatrixView } from "./matrix/matrix-view.tsx";
import type { Go, Place } from "./place.ts";
import { TryItView } from "./try-it/try-it-view.tsx";

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
  readonly Show: FunctionComponent<ViewProps>;
}

/** In the order of the navigation; the first is shown where the address names none. */
export const VIEWS: readonly View[] = [
  {
    name: "matrix",
    title: "Matrix",
    Show: MatrixView,
  },
  {
    name: "groups",
    title: "Groups",
    Show: GroupsView,
  },
  {
    name: "try",
    title: "Try it",
    live: true,
    Show: TryItView,
  },
  {
    name: "live",
    title: "Live",
    live: true,
    Show: LiveView,
  },
];
