import type { ExplanationStep } from "../../core/policy-files/explain/step.ts";
import type { FileContents } from "../open-set.ts";
import { Excerpt } from "../parts/excerpt.tsx";

interface StepsProps {
  readonly steps: readonly ExplanationStep[];
  readonly isAllowed: boolean;
  readonly files: FileContents;
}

const SIGNS: Readonly<Record<ExplanationStep["effect"], string>> = { gives: "+", takes: "−", notes: "·" };
/** Read aloud instead of the sign. */
const SIGN_TEXTS: Readonly<Record<ExplanationStep["effect"], string>> = {
  gives: "gives: ",
  takes: "takes away: ",
  notes: "",
};

/** Lists the steps of an explanation, each with its line in the policy files. Deciding steps are marked. */
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
              <span class="hidden">{SIGN_TEXTS[step.effect]}</span>
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

/**
 * Returns the steps that decide: for an allowed request those that give access, for a denied one those that take it
 * away. If no step takes it away, the steps about the caller's roles decide, because none of them gives access.
 */
export function decidingSteps(
  steps: readonly ExplanationStep[],
  isAllowed: boolean,
): ReadonlySet<ExplanationStep> {
  const deciding = steps.filter(({ effect }) => effect === (isAllowed ? "gives" : "takes"));
  return new Set(
    deciding.length > 0 || isAllowed ? deciding : steps.filter(({ text }) => text.startsWith("role ")),
  );
}
