import type { BrokenSet, LoadedConsole } from "../load.ts";
import { ChooseSet } from "./choose-set.tsx";
import { Excerpt } from "./excerpt.tsx";
import { Notice } from "./notice.tsx";

interface BrokenViewProps {
  readonly set: BrokenSet;
  readonly sets: LoadedConsole["sets"];
  onChoose(name: string): void;
}

/** Replaces a view whose policy set has errors: lists the errors, and offers the other sets. */
export function BrokenView({ set, sets, onChoose }: BrokenViewProps) {
  return (
    <>
      <div class="toolbar">
        <ChooseSet label="Policies" sets={sets} value={set.name} onChoose={onChoose} />
      </div>
      <SetProblems set={set} />
    </>
  );
}

/** Lists the errors of a policy set, each with its line. */
export function SetProblems({ set }: { set: BrokenSet }) {
  const errors = set.problems.filter(({ severity }) => severity === "error");
  return (
    <Notice title={`The policy files of ${set.name} have ${errors.length === 1 ? "an error" : "errors"}`}>
      <ul class="problems">
        {errors.map((problem) => (
          <li key={`${problem.file}:${problem.line}:${problem.column}:${problem.message}`}>
            <p>{problem.message}</p>
            <Excerpt at={problem} files={set.files} />
          </li>
        ))}
      </ul>
    </Notice>
  );
}
