import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Notice } from "./parts/notice.tsx";

/** Returns a component whose code is loaded when it is first shown, so that the first page loads less. */
export function onDemand<P extends object>(load: () => Promise<FunctionComponent<P>>): FunctionComponent<P> {
  type Code = FunctionComponent<P> | "failed" | undefined;
  let loaded: FunctionComponent<P> | undefined;
  return function OnDemand(props) {
    // As an object, because a function as state would be called.
    const [{ code }, setCode] = useState<{ readonly code: Code }>({ code: loaded });
    const run = () => {
      setCode({ code: undefined });
      load().then(
        (show) => {
          loaded = show;
          setCode({ code: show });
        },
        () => setCode({ code: "failed" }),
      );
    };
    useEffect(() => {
      if (code === undefined) run();
    }, []);
    if (code === undefined) return <p class="quiet">Loading the view…</p>;
    if (code === "failed")
      return (
        <Notice title="The view could not be loaded" action={{ text: "Try again", run }}>
          <p>
            A browser does not load a script again that it could not load: reload the page if this remains.
          </p>
        </Notice>
      );
    const Show = code;
    return <Show {...props} />;
  };
}
