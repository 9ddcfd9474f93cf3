import { describe, expect, it } from "vitest";
import { anyMethodParts, overlaps, patternParts } from "../../core/exact/overlap.ts";
import { prepare } from "../oracle/naive-matcher.ts";
import { isGreedy, isParameter } from "../oracle/naive-routes.ts";
import { routeOf } from "./worlds.ts";

/** Every path of up to three segments over two words, parameters and `{proxy+}`. */
const PATHS = pathsUpTo(3);
/** Every text of up to six segments over three words, so with one that no path has. */
const TEXTS = textsUpTo(6);

function pathsUpTo(depth: number): string[][] {
  if (depth === 0) return [[]];
  const shorter = pathsUpTo(depth - 1);
  const extended = shorter
    .filter((path) => path.length === depth - 1 && !isGreedy(path.at(-1) ?? ""))
    .flatMap((path) => ["a", "b", `{p${depth}}`, "{proxy+}"].map((last) => [...path, last]));
  return [...shorter, ...extended];
}

function textsUpTo(depth: number): string[] {
  let last = [""];
  const all = [""];
  for (let length = 1; length <= depth; length++) {
    last = last.flatMap((text) => ["a", "b", "x"].map((word) => (text === "" ? word : `${text}/${word}`)));
    all.push(...last);
  }
  return all;
}

/** What a path's requests look like, one slash at the end included, by a regular expression. */
function requestsOf(path: readonly string[], decodedSlashes: boolean): string[] {
  if (path.length === 0) return ["GET/"];
  const parts = path.map((segment) => {
    if (!isParameter(segment)) return segment;
    return isGreedy(segment) || decodedSlashes ? "[^/]+(?:/[^/]+)*" : "[^/]+";
  });
  const shape = new RegExp(`^${parts.join("/")}$`);
  return TEXTS.filter((text) => shape.test(text)).flatMap((text) => [`GET/${text}`, `GET/${text}/`]);
}

/** What policies hold of a path: the pattern, and once more with a slash at the end. */
function patternsOf(method: string, path: readonly string[]): string[] {
  const text = path.map((segment) => (isParameter(segment) ? "?*" : segment)).join("/");
  const ends = path.length > 0 && !isParameter(path.at(-1) ?? "");
  return [`${method}/${text}`, ...(ends ? [`${method}/${text}/`] : [])];
}

const matcherOf = (method: string, path: readonly string[]) =>
  prepare({ Statement: [{ Effect: "Allow", Resource: patternsOf(method, path) }] });

describe.each([false, true])("overlap, encoded slashes decoded: %s", (decodedSlashes) => {
  const requests = PATHS.map((path) => requestsOf(path, decodedSlashes));
  const routes = PATHS.map((path) => routeOf(`GET /${path.join("/")}`));

  it.each([
    ["a method's pattern", "GET"],
    ["a pattern for whatever method", "*"],
  ])("of %s is claimed where there is a witness, and nowhere else", (_, method) => {
    const wrong: string[] = [];
    for (const [a, path] of PATHS.entries()) {
      const matches = matcherOf(method, path);
      const route = routes[a] ?? routeOf("GET /");
      const parts = method === "*" ? anyMethodParts(route.segments) : patternParts(route);
      for (const [b, other] of routes.entries()) {
        const witness = requests[b]?.find(matches);
        const claimed = overlaps(parts, other, { decodedSlashes });
        if (claimed !== (witness !== undefined))
          wrong.push(
            `${method} ${route.path} on ${other.path}: claimed ${claimed}, witness ${witness ?? "none"}`,
          );
      }
    }
    expect(wrong).toEqual([]);
  });
});

it("overlap is found in paths of more than 64 segments too", () => {
  const segments = Array.from({ length: 70 }, (_, at) => (at === 4 || at === 69 ? "x" : `s${at}`));
  const long = `/${segments.join("/")}`;
  expect(prepare({ Statement: [{ Effect: "Allow", Resource: "GET/?*/x" }] })(`GET${long}`)).toBe(true);
  expect(
    overlaps(patternParts(routeOf("GET /{a}/x")), routeOf(`GET ${long}`), { decodedSlashes: false }),
  ).toBe(true);
});
