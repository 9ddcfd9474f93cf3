import { useEffect, useState } from "preact/hooks";

/** The fragment of the page's URL: a view and its parameters, so that links can be shared and Back works. */
export interface PageLocation {
  readonly view: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Parses a fragment such as `#matrix?tenant=acme`; without a view it is the matrix. */
export function readLocation(hash: string): PageLocation {
  const [view = "", query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s, 2);
  return { view: view === "" ? "matrix" : view, params: Object.fromEntries(new URLSearchParams(query)) };
}

export function printLocation({ view, params }: PageLocation): string {
  const query = new URLSearchParams(params).toString();
  return `#${view}${query === "" ? "" : `?${query}`}`;
}

/** Parameters to set; undefined removes a parameter. */
export type LocationChanges = Readonly<Record<string, string | undefined>>;

/** Changes parameters of the current location. `replace` adds no entry to the browser's history. */
export type Go = (changes: LocationChanges, how?: { readonly replace: boolean }) => void;

/** Returns the location with changed parameters. */
export function applyChanges({ view, params }: PageLocation, changes: LocationChanges): PageLocation {
  const merged = Object.entries({ ...params, ...changes });
  return {
    view,
    params: Object.fromEntries(merged.filter((pair): pair is [string, string] => pair[1] !== undefined)),
  };
}

/** Returns the current location, and a function that changes it. */
export function useLocation(): readonly [PageLocation, Go] {
  const [page, setPage] = useState(() => readLocation(location.hash));
  useEffect(() => {
    const follow = () => setPage(readLocation(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const go: Go = (changes, { replace } = { replace: false }) => {
    const next = applyChanges(readLocation(location.hash), changes);
    if (replace) history.replaceState(null, "", printLocation(next));
    else history.pushState(null, "", printLocation(next));
    setPage(next);
  };
  return [page, go];
}
