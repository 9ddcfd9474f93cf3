import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Notice } from "./parts/notice.tsx";
import type { View, ViewProps } from "./views.ts";

/** A view, once its part of the script is there. */
export function ShownView({ view, ...props }: ViewProps & { view: View }) {
  const [shown, setShown] = useState<{ readonly Show: FunctionComponent<ViewProps> } | "failed">();
  useEffect(() => {
    view.load().then(
      (Show) => setShown({ Show }),
      () => setShown("failed"),
    );
  }, [view]);
  if (shown === undefined) return <p class="quiet">Loading the view…</p>;
  if (shown === "failed")
    return (
      <Notice
        title="The view could not be loaded"
        action={{ text: "Load the page again", run: () => location.reload() }}
      >
        <p>The page may be of an older build than what serves it.</p>
      </Notice>
    );
  return <shown.Show {...props} />;
}
