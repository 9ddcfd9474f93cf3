import type { LiveOutcome } from "../../core/policy-files/live-events.ts";

/** One shape for each outcome, so that colour is never the only difference. */
const SHAPES: Readonly<Record<LiveOutcome, string>> = {
  // In order: a tick in a disc, a bar in a disc, a question mark, a triangle, an open ring, a slash.
  allowed: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM5 8.2l2.2 2.2L11.2 6",
  denied: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM4.8 8h6.4",
  unauthorized: "M5.2 5.6a2.8 2.8 0 1 1 4.2 2.4c-.9.6-1.4 1.1-1.4 2.2M8 12.6v.9",
  failed: "M8 1.8 15 14H1ZM8 6.2v4M8 11.8v.6",
  public: "M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z",
  no_route: "M3 13 13 3",
};

export const OUTCOMES: Readonly<Record<LiveOutcome, string>> = {
  allowed: "allowed",
  denied: "denied",
  unauthorized: "unauthorized",
  failed: "failed",
  public: "public",
  no_route: "no route",
};

/** Shows an outcome as a shape and a word. */
export function OutcomeMark({ outcome }: { outcome: LiveOutcome }) {
  return (
    <span class={`outcome outcome-${outcome}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={SHAPES[outcome]} />
      </svg>
      {OUTCOMES[outcome]}
    </span>
  );
}
