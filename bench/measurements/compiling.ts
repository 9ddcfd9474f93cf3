import { respondTo } from "../../core/decision/authorize.ts";
import { tokenLayout } from "../../core/policy-files/compile/build-layout.ts";
import {
  callerOf,
  layoutOf,
  OPTIONS,
  placesOf,
  policiesOf,
  question,
  ROUTES,
  storedOf,
} from "../compiled-api.ts";
import type { Case, Measurement } from "../measurement.ts";

/** Rounds are long enough for the clock, and not for warm code alone. */
const AGAIN = 20;

/** What one policy costs: the first of a role set that a function makes, a later one, and the layout that a build makes. */
export const compiling: Measurement = {
  name: "compiling",
  about:
    "every group's policy for three roles, with nothing remembered and again, and the grouping that a build does",
  unit: "ms for all groups",
  async prepare(quick) {
    return { cases: (quick ? ROUTES.slice(0, 1) : ROUTES).flatMap(casesOf) };
  },
};

function casesOf(routes: number): Case[] {
  const asked = question(routes);
  const policies = policiesOf(asked.api);
  const known = layoutOf(policies);
  const group = `${routes.toLocaleString("en")} routes`;
  const stored = storedOf(policies);
  const policiesFrom = (layout: typeof known, from: typeof stored): number =>
    placesOf(layout)
      .map((resolved) => respondTo(resolved, callerOf(asked), from, layout))
      .reduce((sum, { response }) => sum + JSON.stringify(response).length, 0);
  const shared = { kind: "ours", group } as const;
  return [
    {
      ...shared,
      name: "first policies",
      async round() {
        // Another layout and other items, so that nothing hangs on to them yet.
        const [layout, anew] = [structuredClone(known), storedOf(policies)];
        return milliseconds(() => policiesFrom(layout, anew));
      },
    },
    {
      ...shared,
      name: "the same again",
      async round() {
        return (
          milliseconds(() => {
            for (let time = 0; time < AGAIN; time++) policiesFrom(known, stored);
          }) / AGAIN
        );
      },
      facts: async () => ({ groups: known.groups.length, bytes: policiesFrom(known, stored) }),
    },
    {
      ...shared,
      name: "grouping at build",
      round: async () => milliseconds(() => tokenLayout([policies], OPTIONS)),
    },
  ];
}

function milliseconds(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
