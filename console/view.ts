import type { FunctionComponent } from "preact";
import type { Feed } from "./live/feed.ts";
import type { LoadedConsole } from "./load.ts";
import type { Go, PageLocation } from "./page-location.ts";

export interface ViewProps {
  readonly console: LoadedConsole;
  readonly page: PageLocation;
  readonly go: Go;
  /** The running stack's events; absent if the page is a static copy. */
  readonly feed?: Feed | undefined;
}

export interface View {
  readonly name: string;
  readonly title: string;
  /** Needs a gateway behind the page, so a static copy does not have the view. */
  readonly live?: true;
  readonly Show: FunctionComponent<ViewProps>;
}
