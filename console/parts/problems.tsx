import type { BrokenSet } from "../load.ts";
import { Excerpt } from "./excerpt.tsx";
import { Notice } from "./notice.tsx";

/** What is wrong with a policy set that cannot be read, where it stands. */
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
