import type { AccessKind } from "../../core/policy-files/access/kinds.ts";
import { CHANGE_NAMES, type Change, KIND_NAMES } from "./cells.ts";
import { ChangeMark, Mark } from "./mark.tsx";

const KINDS: readonly AccessKind[] = ["allowed", "scope", "bound", "plan", "denied"];
const CHANGES: readonly Change[] = ["gain", "loss", "both"];

/** Explains the signs of the cells. `names` has the names of the two sides that are compared, left and right. */
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
        CHANGES.map((change) => (
          <li key={change}>
            <ChangeMark change={change} /> {CHANGE_NAMES[change]}
          </li>
        ))}
    </ul>
  );
}
