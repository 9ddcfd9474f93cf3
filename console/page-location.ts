import { useEffect, useState } from "preact/hooks";

/** What the address says after `#`: a view and what it shows, so that links can be shared and Back works. */
export interface PageLocation {
  readonly view: string;
  readonly params: Readonly<Record<string, string>>;
}

/** `#matrix?tenant=acme`; a view that is not named is the matrix. */
export function readLocation(hash: string): PageLocation {
  const [view = "", query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s, 2);
  return { view: view === "" ? "matrix" : view, params: Object.fromEntries(new URLSearchParams(query)) };
}

export function printLocation({ view, params }: PageLocation): string {
  const query = new URLSearchParams(params).toString();
  return `#${view}${query === "" ? "" : `?${query}`}`;
}

/** Parameters to set; undefined removes one. */
export type LocationChanges = Readonly<Record<string, string | undefined>>;

/** Goes on from a place. `replace`: without a step for Back, as while something is typed. */
export type Go = (changes: LocationChanges, how?: { readonly replace: boolean }) => void;

export function changed({ view, params }: PageLocation, changes: LocationChanges): PageLocation {
  const merged = Object.entries({ ...params, ...changes });
  return {
    view,
    params: Object.fromEntries(merged.filter((pair): pair is [string, string] => pair[1] !== undefined)),
  };
}

/** The place that the address names now, and how to go on from it. */
export function useLocation(): readonly [PageLocation, Go] {
  const [page, setPage] = useState(() => readLocation(location.hash));
  useEffect(() => {
    const follow = () => setPage(readLocation(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const go: Go = (changes, { replace } = { replace: false }) => {
    const next = changed(readLocation(location.hash), changes);
    if (replace) history.replaceState(null, "", printLocation(next));
    else history.pushState(null, "", printLocation(next));
    setPage(next);
  };
  return [page, go];
}
