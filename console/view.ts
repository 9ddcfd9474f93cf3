import type { FunctionComponent } from "preact";
import type { Feed } from "./live/feed.ts";
import type { LoadedConsole } from "./load.ts";
import type { Go, PageLocation } from "./page-location.ts";

export interface ViewProps {
  readonly console: LoadedConsole;
  readonly page: PageLocation;
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
