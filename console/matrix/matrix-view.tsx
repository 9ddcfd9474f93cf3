import { isBroken } from "../load.ts";
import { SetProblems } from "../parts/problems.tsx";
import type { ViewProps } from "../views.ts";

export function MatrixView({ console }: ViewProps) {
  const [set] = console.sets;
  return (
    <>
      <h2>Matrix</h2>
      {set !== undefined && isBroken(set) && <SetProblems set={set} />}
    </>
  );
}
