import type { AccessKind } from "../../core/policy-files/access/kinds.ts";
import { type Change, KIND_NAMES } from "./cells.ts";
import { ChangeMark, Mark } from "./mark.tsx";

const KINDS: readonly AccessKind[] = ["allowed", "scope", "bound", "plan", "denied"];
const CHANGES: readonly (readonly [Change, string])[] = [
  ["gain", "gained"],
  ["loss", "lost"],
  ["both", "bound otherwise"],
];

/** The signs of the cells; `names`: of the two that are compared, left and right. */
export function Legend({ names }: { names: readonly string[] }) {
  return (
    <ul class="legend" aria-label="What the signs mean">
      {KINDS.map((kind) => (
        <li key={kind}>
          <Mark kind={kind} /> {KIND_NAMES[kind]}
        </li>
      ))}
      {names.length > 1 && (
        <li>
          left: {names[0]}, right: {names[1]}
        </li>
      )}
      {names.length > 1 &&
        CHANGES.map(([change, name]) => (
          <li key={change}>
            <ChangeMark change={change} /> {name}
          </li>
        ))}
    </ul>
  );
}
