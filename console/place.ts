import { useEffect, useState } from "preact/hooks";

/** What the address says after `#`: a view and what it shows, so that links can be shared and Back works. */
export interface Place {
  readonly view: string;
  readonly params: Readonly<Record<string, string>>;
}

/** `#matrix?tenant=acme`; a view that is not named is the matrix. */
export function readPlace(hash: string): Place {
  const [view = "", query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s, 2);
  return { view: view === "" ? "matrix" : view, params: Object.fromEntries(new URLSearchParams(query)) };
}

export function printPlace({ view, params }: Place): string {
  const query = new URLSearchParams(params).toString();
  return `#${view}${query === "" ? "" : `?${query}`}`;
}

/** Parameters to set; undefined removes one. */
export type Changes = Readonly<Record<string, string | undefined>>;

/** Goes on from a place. `replace`: without a step for Back, as while something is typed. */
export type Go = (changes: Changes, how?: { readonly replace: boolean }) => void;

export function changed({ view, params }: Place, changes: Changes): Place {
  const merged = Object.entries({ ...params, ...changes });
  return {
    view,
    params: Object.fromEntries(merged.filter((pair): pair is [string, string] => pair[1] !== undefined)),
  };
}

/** The place that the address names now, and how to go on from it. */
export function usePlace(): readonly [Place, Go] {
  const [place, setPlace] = useState(() => readPlace(location.hash));
  useEffect(() => {
    const follow = () => setPlace(readPlace(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const go: Go = (changes, { replace } = { replace: false }) => {
    const next = changed(readPlace(location.hash), changes);
    if (replace) history.replaceState(null, "", printPlace(next));
    else history.pushState(null, "", printPlace(next));
    setPlace(next);
  };
  return [place, go];
}
