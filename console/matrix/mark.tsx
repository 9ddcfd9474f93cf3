import type { AccessKind } from "../../core/policy-files/access/kinds.ts";
import type { Change } from "./cells.ts";

/** One shape for each kind, so that colour is never the only difference. */
const SHAPES: Readonly<Record<AccessKind | "none", string>> = {
  // In order: a disc with a tick, a diamond, a person, an arrow below a line, a dash, nothing.
  allowed: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1ZM4.6 8.2 7 10.6l4.6-5",
  scope: "M8 .8 15.2 8 8 15.2.8 8ZM8 5.2v3.2M8 10.4v.6",
  bound: "M8 1.6a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM2.4 14.4c0-3.2 2.4-5 5.6-5s5.6 1.8 5.6 5Z",
  plan: "M2 2.2h12M8 14V6M4.4 9.4 8 5.8l3.6 3.6",
  denied: "M4.5 8h7",
  none: "",
};

export function Mark({ kind }: { kind: AccessKind | "none" }) {
  return (
    <svg class={`mark mark-${kind}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={SHAPES[kind]} />
    </svg>
  );
}

const CHANGES: Readonly<Record<Change, string>> = {
  gain: "M8 2.5 14.5 13h-13Z",
  loss: "M8 13.5 1.5 3h13Z",
  both: "M8 1 13.5 7h-11ZM8 15 2.5 9h11Z",
};

export function ChangeMark({ change }: { change: Change }) {
  return (
    <svg class={`change change-${change}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={CHANGES[change]} />
    </svg>
  );
}
