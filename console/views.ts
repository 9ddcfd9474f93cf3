import { MatrixView } from "./matrix/matrix-view.tsx";
import { onDemand } from "./on-demand.tsx";
import type { View } from "./view.ts";

/** The views, in the order of the navigation. */
export const VIEWS: readonly View[] = [
  {
    name: "matrix",
    title: "Matrix",
    Show: MatrixView,
  },
  {
    name: "try",
    title: "Try it",
    live: true,
    Show: onDemand(async () => (await import("./try-it/try-it-view.tsx")).TryItView),
  },
  {
    name: "live",
    title: "Live",
    live: true,
    Show: onDemand(async () => (await import("./live/live-view.tsx")).LiveView),
  },
  {
    name: "groups",
    title: "Groups",
    Show: onDemand(async () => (await import("./groups/groups-view.tsx")).GroupsView),
  },
];
