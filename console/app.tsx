import { useCallback, useEffect, useState } from "preact/hooks";
import { FilesState } from "./live/files-state.tsx";
import { useFeed } from "./live/use-feed.ts";
import { type LoadedConsole, loadConsole } from "./load.ts";
import { type PageLocation, useLocation } from "./page-location.ts";
import { useFocusFallback } from "./parts/focus-fallback.ts";
import { Notice } from "./parts/notice.tsx";
import { VIEWS } from "./views.ts";

type State = "loading" | { readonly failed: string } | LoadedConsole;

/**
 * Returns the loaded policies, and a function that loads them again without a reload of the page. The old policies stay
 * visible until the new ones arrive.
 */
function useConsole(): readonly [State, () => void] {
  const [state, setState] = useState<State>("loading");
  const load = useCallback(() => {
    loadConsole().then(
      (next) => setState((shown) => (isSame(shown, next) ? shown : next)),
      (error: unknown) => setState({ failed: (error as Error).message }),
    );
  }, []);
  useEffect(load, [load]);
  // What a command changed in the table is there when the reader comes back from the terminal.
  const isLive = typeof state === "object" && "live" in state && state.live;
  useEffect(() => {
    if (!isLive) return undefined;
    window.addEventListener("focus", load);
    return () => window.removeEventListener("focus", load);
  }, [isLive, load]);
  return [state, load];
}

const isSame = (shown: State, next: LoadedConsole): boolean =>
  typeof shown === "object" &&
  "sets" in shown &&
  shown.version !== undefined &&
  shown.version === next.version &&
  shown.runTime === next.runTime;

export function App() {
  const [state, reload] = useConsole();
  const [page, go] = useLocation();
  useFocusFallback();
  const ready = typeof state === "object" && "sets" in state ? state : undefined;
  const feed = useFeed(ready, reload);
  const views = VIEWS.filter(({ live }) => live !== true || ready?.live === true);
  const view = views.find(({ name }) => name === page.view);
  useEffect(() => {
    document.title = view === undefined ? "Portcullis" : `${view.title} · Portcullis`;
  }, [view]);
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: a link to a part of this page; its address must keep naming the view */}
      <a class="skip" href="#main" onClick={focusMain}>
        Skip to the content
      </a>
      <Header views={views} page={page} />
      <main id="main" tabIndex={-1}>
        {feed !== undefined && page.view !== "live" && <FilesState feed={feed} />}
        {state === "loading" && <p class="quiet">Loading the policies…</p>}
        {typeof state === "object" && "failed" in state && (
          <Notice title="The policies could not be read" action={{ text: "Try again", run: reload }}>
            <p>{state.failed}.</p>
          </Notice>
        )}
        {ready !== undefined && view === undefined && (
          <Notice title="This view does not exist">
            <p>
              <a href="#matrix">Go to the matrix</a>
            </p>
          </Notice>
        )}
        {ready !== undefined && view !== undefined && (
          <view.Show key={view.name} console={ready} page={page} go={go} feed={feed} />
        )}
      </main>
      {ready?.live === false && (
        <footer>
          This is a static copy. To send requests and watch decisions, run <code>npx portcullis start</code>.
        </footer>
      )}
    </>
  );
}

function focusMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Header({ views, page }: { views: typeof VIEWS; page: PageLocation }) {
  return (
    <header class="top">
      <h1>
        <img src="icon.svg" alt="" width="28" height="28" /> Portcullis
      </h1>
      <nav aria-label="Views">
        <ul>
          {views.map(({ name, title }) => (
            <li key={name}>
              <a href={`#${name}`} aria-current={name === page.view ? "page" : undefined}>
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  );
}
