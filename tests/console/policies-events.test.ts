import { expect, it } from "vitest";
import { summarizeEvent } from "../../console/live/policies-events.ts";
import type { PoliciesEvent } from "../../core/policy-files/live-events.ts";

const EMPTY = { time: "", version: "", changes: [], summary: null, problems: [], failure: null, more: 0 };
const broken = (folder: PoliciesEvent["folder"]): PoliciesEvent => ({ ...EMPTY, folder, more: 2 });

it("reports that the last good files stay in force, or that a candidate is not evaluated", () => {
  expect(summarizeEvent(broken("in_force"))).toBe(
    "The policy files have 2 errors; the last good ones stay in force",
  );
  expect(summarizeEvent(broken("candidate"))).toBe(
    "The candidate's files have 2 errors and are not evaluated",
  );
  expect(summarizeEvent({ ...EMPTY, folder: "candidate", failure: "its routes differ" })).toBe(
    "The candidate's files were rejected and are not evaluated",
  );
});
