import { expect, test } from "vitest";
import { withTables } from "../../bench/report/docs-tables.ts";
import type { Results } from "../../bench/report/results.ts";

const PAGE = `# Figures

Before.

<!-- Written by npm run bench -- --docs: edit nothing from here -->
<!-- to here -->

After.
`;

const RESULTS: Results = {
  at: "2026-11-26T07:00:00.000Z",
  quick: false,
  machine: { node: "v20.20.2", arch: "x64", cpus: ["A processor", "A processor"] },
  results: [
    {
      name: "deciding",
      about: "which routes a caller may call",
      unit: "µs",
      summaries: [
        {
          name: "Portcullis",
          kind: "ours",
          group: "300 routes",
          rounds: [30, 32],
          median: 31,
          min: 30,
          max: 32,
          ratio: 1,
          facts: { "µs for one route": 3.31 },
        },
        {
          name: "a|b",
          kind: "peer",
          group: "300 routes",
          rounds: [310],
          median: 310,
          min: 300,
          max: 320,
          ratio: 10,
          facts: {},
        },
      ],
      goals: [{ name: "Portcullis", of: "a|b", atMost: 0.01, group: "300 routes", ratio: 0.1 }],
    },
    {
      name: "memory",
      about: "memory by tokens",
      inDocs: true,
      rows: [
        { tokens: 20_000, MB: 47.71 },
        { tokens: 100_000, MB: 48 },
      ],
    },
    { name: "scale", about: "what has its own page", rows: [{ calls: 1 }] },
  ],
};

test("a run's tables are written between the markers, and the rest of the page is unchanged", () => {
  expect(withTables(PAGE, RESULTS)).toBe(`# Figures

Before.

<!-- Written by npm run bench -- --docs: edit nothing from here -->

Measured 2026-11-26 on Node 20.20.2, x64, 2 × A processor.

### deciding

Which routes a caller may call.

| in µs | median | min – max | × | µs for one route |
| --- | ---: | ---: | ---: | ---: |
| 300 routes: Portcullis | 31 | 30 – 32 | 1 | 3.31 |
| 300 routes: a\\|b | 310 | 300 – 320 | 10 |  |

- NOT reached: 300 routes: Portcullis at most 0.01 × a|b: 0.100

### memory

Memory by tokens.

| tokens | MB |
| ---: | ---: |
| 20,000 | 47.7 |
| 100,000 | 48 |

<!-- to here -->

After.
`);
});

test("writing the same tables again changes nothing, and another run's tables replace them", () => {
  const once = withTables(PAGE, RESULTS);
  expect(withTables(once, RESULTS)).toBe(once);
  expect(withTables(once, { ...RESULTS, results: [] })).not.toContain("Portcullis");
});

test("a page without the markers is rejected", () => {
  expect(() => withTables("# Figures\n", RESULTS)).toThrow("The page has no place for the tables");
});
