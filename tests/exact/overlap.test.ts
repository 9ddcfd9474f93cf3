import { describe, expect, it } from "vitest";
import { anyMethodParts, overlaps, patternParts, requestParts } from "../../core/exact/overlap.ts";
import { matcherOf } from "../../core/exact/pattern-masks.ts";
import { prepare } from "../oracle/naive-matcher.ts";
import { isGreedy, isParameter } from "../oracle/naive-routes.ts";
import { routeOf } from "./worlds.ts";

/** All paths of up to three segments from two words, parameters and `{proxy+}`. */
const PATHS = pathsUpTo(3);
/** All request paths of up to six segments from three words, of which one is in no path. */
const REQUEST_PATHS = requestPathsUpTo(6);

function pathsUpTo(depth: number): string[][] {
  if (depth === 0) return [[]];
  const shorter = pathsUpTo(depth - 1);
  const extended = shorter
    .filter((path) => path.length === depth - 1 && !isGreedy(path.at(-1) ?? ""))
    .flatMap((path) => ["a", "b", `{p${depth}}`, "{proxy+}"].map((last) => [...path, last]));
  return [...shorter, ...extended];
}

function requestPathsUpTo(depth: number): string[] {
  let last = [""];
  const all = [""];
  for (let length = 1; length <= depth; length++) {
    last = last.flatMap((start) => ["a", "b", "x"].map((word) => (start === "" ? word : `${start}/${word}`)));
    all.push(...last);
  }
  return all;
}

/** Lists the requests of a path, also with a trailing slash, by a regular expression. */
function listRequests(path: readonly string[], decodedSlashes: boolean): string[] {
  if (path.length === 0) return ["GET/"];
  const parts = path.map((segment) => {
    if (!isParameter(segment)) return segment;
    return isGreedy(segment) || decodedSlashes ? "[^/]+(?:/[^/]+)*" : "[^/]+";
  });
  const shape = new RegExp(`^${parts.join("/")}$`);
  return REQUEST_PATHS.filter((path) => shape.test(path)).flatMap((path) => [`GET/${path}`, `GET/${path}/`]);
}

/** Lists the patterns of a path in policies: one, and one with a trailing slash. */
function listPatterns(method: string, path: readonly string[]): string[] {
  const pattern = path.map((segment) => (isParameter(segment) ? "?*" : segment)).join("/");
  const endsInLiteral = path.length > 0 && !isParameter(path.at(-1) ?? "");
  return [`${method}/${pattern}`, ...(endsInLiteral ? [`${method}/${pattern}/`] : [])];
}

const prepareMatcher = (method: string, path: readonly string[]) =>
  prepare({ Statement: [{ Effect: "Allow", Resource: listPatterns(method, path) }] });

describe.each([false, true])("overlap, encoded slashes decoded: %s", (decodedSlashes) => {
  const requests = PATHS.map((path) => listRequests(path, decodedSlashes));
  const routes = PATHS.map((path) => routeOf(`GET /${path.join("/")}`));

  it.each([
    ["a method's pattern", "GET"],
    ["a pattern for all methods", "*"],
  ])("of %s is claimed exactly if there is a witness", (_, method) => {
    const wrong: string[] = [];
    for (const [a, path] of PATHS.entries()) {
      const matches = prepareMatcher(method, path);
      const route = routes[a] ?? routeOf("GET /");
      const parts = method === "*" ? anyMethodParts(route.segments) : patternParts(route);
      const searched = matcherOf(parts);
      for (const [b, other] of routes.entries()) {
        const witness = requests[b]?.find(matches);
        const claimed = overlaps(parts, other, { decodedSlashes });
        if (searched(requestParts(other, { decodedSlashes })) !== claimed)
          wrong.push(`${method} ${route.path} on ${other.path}: the search and the proof differ`);
        if (claimed !== (witness !== undefined))
          wrong.push(
            `${method} ${route.path} on ${other.path}: claimed ${claimed}, witness ${witness ?? "none"}`,
          );
      }
    }
    expect(wrong).toEqual([]);
  });
});

it("overlap is found in paths with more than 64 segments, too", () => {
  const segments = Array.from({ length: 70 }, (_, at) => (at === 4 || at === 69 ? "x" : `s${at}`));
  const long = `/${segments.join("/")}`;
  expect(prepare({ Statement: [{ Effect: "Allow", Resource: "GET/?*/x" }] })(`GET${long}`)).toBe(true);
  expect(
    overlaps(patternParts(routeOf("GET /{a}/x")), routeOf(`GET ${long}`), { decodedSlashes: false }),
  ).toBe(true);
});

it.each([20, 29, 30, 31, 70])("the search and the proof agree on a pattern of %s segments", (count) => {
  const names = Array.from({ length: count }, (_, at) => (at % 3 === 0 ? `{p${at}}` : `s${at}`));
  const pattern = patternParts(routeOf(`GET /${names.join("/")}`));
  for (const last of ["same", "other"]) {
    const other = routeOf(
      `GET /${names.slice(0, -1).join("/")}/${last === "same" ? names.at(-1) : "s-1/s-2"}`,
    );
    const parts = requestParts(other, { decodedSlashes: false });
    expect(matcherOf(pattern)(parts)).toBe(overlaps(pattern, other, { decodedSlashes: false }));
  }
});
