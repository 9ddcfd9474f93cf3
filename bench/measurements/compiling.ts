import { respondTo } from "../../core/decision/authorize.ts";
import { tokenLayout } from "../../core/policy-files/compile/build-layout.ts";
import {
  buildLayout,
  firstRoutes,
  loadApi,
  OPTIONS,
  questionWithRoutes,
  ROUTE_COUNTS,
  readStored,
  toCaller,
} from "../fixtures/compiled-api.ts";
import type { Case, Measurement } from "../measurement.ts";

/** Repetitions per round: enough for the clock's resolution. */
const REPETITIONS = 20;

/** Measures a role set's first policies, the same policies again, and the layout that a build creates. */
export const compiling: Measurement = {
  name: "compiling",
  about:
    "every group's policy for a caller with three roles, with empty caches and again, and the grouping at build",
  unit: "ms for all groups",
  async prepare(quick) {
    return { cases: (quick ? ROUTE_COUNTS.slice(0, 1) : ROUTE_COUNTS).flatMap(makeCases) };
  },
};

function makeCases(routes: number): Case[] {
  const question = questionWithRoutes(routes);
  const policies = loadApi(question.api);
  const builtLayout = buildLayout(policies);
  const group = `${routes.toLocaleString("en")} routes`;
  const stored = readStored(policies);
  /** Compiles every group's policy. @returns bytes of all responses */
  const compileAll = (layout: typeof builtLayout, items: typeof stored): number =>
    firstRoutes(layout)
      .map((resolved) => respondTo(resolved, toCaller(question), items, layout))
      .reduce((sum, { response }) => sum + JSON.stringify(response).length, 0);
  const shared = { kind: "ours", group } as const;
  return [
    {
      ...shared,
      name: "first policies",
      async round() {
        // Caches are keyed by these objects, so new objects mean empty caches.
        const [layout, items] = [structuredClone(builtLayout), readStored(policies)];
        return milliseconds(() => compileAll(layout, items));
      },
    },
    {
      ...shared,
      name: "the same policies again",
      async round() {
        return (
          milliseconds(() => {
            for (let repetition = 0; repetition < REPETITIONS; repetition++) compileAll(builtLayout, stored);
          }) / REPETITIONS
        );
      },
      facts: async () => ({ groups: builtLayout.groups.length, bytes: compileAll(builtLayout, stored) }),
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
