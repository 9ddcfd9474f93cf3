import { type ExplanationStep, printEdit } from "../../core/policy-files/explain/step.ts";
import type { FileContents } from "../open-set.ts";
import { Excerpt } from "../parts/excerpt.tsx";

interface StepsProps {
  readonly steps: readonly ExplanationStep[];
  readonly files: FileContents;
}

const SIGNS: Readonly<Record<ExplanationStep["effect"], string>> = { gives: "+", takes: "−", notes: "·" };
/** Read aloud instead of the sign. */
const SIGN_TEXTS: Readonly<Record<ExplanationStep["effect"], string>> = {
  gives: "gives: ",
  takes: "takes away: ",
  notes: "",
};

/** Lists the steps of an explanation, each with its line in the policy files. The deciding step is marked. */
export function Steps({ steps, files }: StepsProps) {
  return (
    <ol class="steps">
      {steps.map((step, index) => (
        <li key={`${index} ${step.text}`} class={`step ${step.effect}${step.decides ? " deciding" : ""}`}>
          <p>
            <span class="sign" aria-hidden="true">
              {SIGNS[step.effect]}
            </span>
            <span>
              <span class="hidden">{SIGN_TEXTS[step.effect]}</span>
              {step.text} {step.decides && <strong class="decides">decides</strong>}
            </span>
          </p>
          {step.decides && step.edit !== undefined && <p class="quiet">To change: {printEdit(step.edit)}</p>}
          {step.at !== undefined && "file" in step.at && (
            <Excerpt at={step.at} files={files} open={step.effect !== "notes"} />
          )}
        </li>
      ))}
    </ol>
  );
}
