import type { ExplanationStep } from "../../core/policy-files/explain/step.ts";
import type { FileTexts } from "../open-set.ts";
import { Excerpt } from "../parts/excerpt.tsx";

interface StepsProps {
  readonly steps: readonly ExplanationStep[];
  readonly isAllowed: boolean;
  readonly files: FileTexts;
}

const SIGNS: Readonly<Record<ExplanationStep["effect"], string>> = { gives: "+", takes: "−", notes: "·" };
const SAID: Readonly<Record<ExplanationStep["effect"], string>> = {
  gives: "gives: ",
  takes: "takes: ",
  notes: "",
};

/** An explanation's steps, each with its place in the files; those that decide are marked. */
export function Steps({ steps, isAllowed, files }: StepsProps) {
  const deciding = decidingSteps(steps, isAllowed);
  return (
    <ol class="steps">
      {steps.map((step, index) => (
        <li
          key={`${index} ${step.text}`}
          class={`step ${step.effect}${deciding.has(step) ? " deciding" : ""}`}
        >
          <p>
            <span class="sign" aria-hidden="true">
              {SIGNS[step.effect]}
            </span>
            <span>
              <span class="hidden">{SAID[step.effect]}</span>
              {step.text} {deciding.has(step) && <strong class="decides">decides</strong>}
            </span>
          </p>
          {step.at !== undefined && "file" in step.at && (
            <Excerpt at={step.at} files={files} open={step.effect !== "notes" || deciding.has(step)} />
          )}
        </li>
      ))}
    </ol>
  );
}

/** What gives where it is allowed, what takes where it is refused; where nothing takes, what was looked for and not found. */
export function decidingSteps(
  steps: readonly ExplanationStep[],
  isAllowed: boolean,
): ReadonlySet<ExplanationStep> {
  const deciding = steps.filter(({ effect }) => effect === (isAllowed ? "gives" : "takes"));
  return new Set(
    deciding.length > 0 || isAllowed ? deciding : steps.filter(({ text }) => text.startsWith("role ")),
  );
}
