import { GroupsView } from "./groups/groups-view.tsx";
import { LiveView } from "./live/live-view.tsx";
import { MatrixView } from "./matrix/matrix-view.tsx";
import { TryItView } from "./try-it/try-it-view.tsx";
import type { View } from "./view.ts";

/** The views, in the order of the navigation. */
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
