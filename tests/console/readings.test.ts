import { expect, it } from "vitest";
import { readingText } from "../../console/live/readings.ts";
import type { PoliciesEvent } from "../../core/policy-files/live-events.ts";

const NOTHING = { time: "", version: "", changes: [], summary: null, problems: [], failure: null, more: 0 };
const broken = (folder: PoliciesEvent["folder"]): PoliciesEvent => ({ ...NOTHING, folder, more: 2 });

it("says what broken files leave in force, and of a candidate that it is not decided beside", () => {
  expect(readingText(broken("in_force"))).toBe(
    "The policy files have 2 errors; the last good ones stay in force",
  );
  expect(readingText(broken("candidate"))).toBe(
    "The candidate's files have 2 errors and are not decided beside",
  );
  expect(readingText({ ...NOTHING, folder: "candidate", failure: "its routes are others" })).toBe(
    "The candidate's files are not decided beside",
  );
});
