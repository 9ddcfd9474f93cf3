import { describe, expect, it } from "vitest";
import type { Summary } from "../../bench/measurement.ts";
import { formatFigure } from "../../bench/report/figure.ts";
import { logScale } from "../../bench/report/log-scale.ts";
import { drawPicture } from "../../bench/report/picture.ts";
import type { MeasurementResult, Results } from "../../bench/report/results.ts";
import { readXml, type XmlElement } from "../support/xml.ts";

const summary = (name: string, median: number, more: Partial<Summary> = {}): Summary => ({
  name,
  kind: "ours",
  group: "",
  rounds: [median],
  median,
  min: median / 2,
  max: median * 2,
  ratio: 1,
  facts: {},
  ...more,
});

const measurement = (
  summaries: readonly Summary[],
  more: Partial<MeasurementResult> = {},
): MeasurementResult => ({
  name: "deciding",
  about: "what it costs",
  unit: "µs",
  summaries,
  goals: [],
  ...more,
});

const makeResults = (...results: Results["results"]): Results => ({
  at: "2026-11-26T07:00:00.000Z",
  quick: false,
  machine: { node: "v20.20.2", arch: "x64", cpus: ["A processor", "A processor"] },
  results,
});

const draw = (...results: Results["results"]): XmlElement => readXml(drawPicture(makeResults(...results)));

const findAll = (element: XmlElement, name: string): XmlElement[] => [
  ...(element.name === name ? [element] : []),
  ...element.children.flatMap((child) => findAll(child, name)),
];
const texts = (element: XmlElement): string[] => findAll(element, "text").map(({ text }) => text);
const bars = (element: XmlElement, kind: string): XmlElement[] =>
  findAll(element, "rect").filter(({ attributes }) => attributes["class"] === kind);

describe("the picture of a run", () => {
  it("is well-formed, and has a title and a description for readers who cannot see it", () => {
    const svg = draw(measurement([summary("Portcullis", 30), summary("casbin", 290_000, { kind: "peer" })]));
    expect(svg.name).toBe("svg");
    expect(findAll(svg, "title").map(({ text }) => text)).toEqual([
      "What Portcullis costs, compared with alternatives",
    ]);
    expect(findAll(svg, "desc").map(({ text }) => text)).toEqual([
      "deciding: Portcullis 30 µs, casbin 290 ms.",
    ]);
  });

  it("names each measurement, group and case, with its median and ratio", () => {
    const svg = draw(
      measurement([
        summary("Portcullis", 30, { group: "300 routes" }),
        summary("casbin", 290_000, { group: "300 routes", kind: "peer", ratio: 9_667 }),
      ]),
      measurement([summary("plain proxy", 142, { kind: "floor" })], { name: "local-gateway" }),
    );
    expect(texts(svg)).toEqual(
      expect.arrayContaining(["deciding, µs", "300 routes", "Portcullis", "casbin", "290 ms", "× 9,667"]),
    );
    expect(texts(svg)).toEqual(expect.arrayContaining(["local-gateway, µs", "plain proxy", "142 µs"]));
  });

  it("escapes names, and removes characters that XML does not allow", () => {
    const name = `<script>"&'</script>`;
    expect(texts(draw(measurement([summary(`${name}\u0007`, 1)])))).toContain(name);
  });

  it("draws each of the three kinds in its own style, and in the legend", () => {
    const svg = draw(
      measurement([summary("a", 1), summary("b", 2, { kind: "peer" }), summary("c", 3, { kind: "floor" })]),
    );
    for (const kind of ["ours", "peer", "floor"]) expect(bars(svg, kind)).toHaveLength(2);
  });

  it("makes the bar of a doubled median longer by the same distance everywhere on the axis", () => {
    const svg = draw(
      measurement([summary("a", 10), summary("b", 20), summary("c", 5_000), summary("d", 10_000)]),
    );
    const [, a = 0, b = 0, c = 0, d = 0] = bars(svg, "ours").map(({ attributes }) =>
      Number(attributes["width"]),
    );
    expect(b - a).toBeGreaterThan(20);
    expect(d - c).toBeCloseTo(b - a, 0);
  });

  it("draws a group with positions as a curve, with points at the medians", () => {
    const points = [10, 1_000, 1_000_000].map((at) => summary(`${at} tenants`, 50, { group: "tenants", at }));
    const svg = draw(measurement(points, { name: "growth" }));
    const circles = findAll(svg, "circle").filter(({ attributes }) => attributes["class"] === "ours");
    expect(new Set(circles.map(({ attributes }) => attributes["cy"])).size).toBe(1);
    expect(texts(svg)).toEqual(expect.arrayContaining(["tenants", "10", "1K", "1M"]));
    expect(bars(svg, "ours")).toHaveLength(1);
  });

  it("omits reports, because they have no rounds", () => {
    const svg = draw({ name: "memory", about: "", rows: [{ tokens: 1 }] });
    expect(texts(svg).some((text) => text.startsWith("memory"))).toBe(false);
  });
});

describe("a logarithmic axis", () => {
  it("has a tick at each decade, and more ticks if there are few decades", () => {
    expect(logScale([30, 200_000], 0, 100).ticks).toEqual([10, 100, 1_000, 10_000, 100_000, 1_000_000]);
    expect(logScale([20, 90], 0, 100).ticks).toEqual([10, 20, 50, 100]);
  });

  it("maps the first and the last tick to its ends", () => {
    const { at } = logScale([20, 90], 50, 150);
    expect([at(10), at(100)]).toEqual([50, 150]);
  });
});

describe("a figure", () => {
  it("is a time in the unit that suits its size", () => {
    const formatted = [0.04, 26.42, 999, 1_000, 3_644_834].map((value) =>
      formatFigure(value, "µs for all routes"),
    );
    expect(formatted).toEqual(["40 ns", "26.4 µs", "999 µs", "1 ms", "3.64 s"]);
    expect(formatFigure(72, "ms of CPU")).toBe("72 ms");
  });

  it("is a plain number if it is not a time", () => {
    expect(formatFigure(4_696, "requests/s")).toBe("4,696");
  });
});
