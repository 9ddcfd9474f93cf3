import { parseTemplate, type Segment } from "../../model/route.ts";
import type { Position, Problems } from "../source/problem.ts";

const LITERAL = /^[A-Za-z0-9_.,:-]+$/;
const PARAMETER = /^[A-Za-z0-9_.-]+$/;

/** Rejects paths that API Gateway cannot import, and parameters with two names at the same position. */
export function checkPaths(
  paths: readonly (readonly [path: string, at: Position])[],
  problems: Problems,
): void {
  const names: ParameterNames = new Map();
  for (const [path, at] of paths) {
    const problem = findPathProblem(path);
    if (problem === undefined) checkNames(path, at, names, problems);
    else problems.error("invalid-path", at, `${path}: ${problem}`);
  }
}

function findPathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return `a path must start with /: write /${path}`;
  if (path === "/") return undefined;
  if (path.endsWith("/")) return `API Gateway allows no path that ends with /: write ${path.slice(0, -1)}`;
  const parts = path.slice(1).split("/");
  const segments = parseTemplate(path);
  for (const [index, segment] of segments.entries()) {
    const problem = findSegmentProblem(segment, parts[index] ?? "", index === segments.length - 1);
    if (problem !== undefined) return problem;
  }
  const seen = segments.flatMap((segment) => (segment.kind === "literal" ? [] : [segment.name]));
  const repeated = seen.find((name, index) => seen.indexOf(name) !== index);
  return repeated === undefined
    ? undefined
    : `the parameter {${repeated}} appears twice: give each parameter its own name`;
}

function findSegmentProblem(segment: Segment, text: string, last: boolean): string | undefined {
  if (segment.kind === "literal") {
    if (/[{}]/.test(text)) return `a parameter must be a whole segment in API Gateway, found "${text}"`;
    if (text === "." || text === "..")
      return `a segment cannot be "${text}", because clients and proxies resolve it before they send the request`;
    return LITERAL.test(text)
      ? undefined
      : `a segment may contain only letters, digits and _ . , : -, found "${text}"`;
  }
  if (!PARAMETER.test(segment.name))
    return `a parameter's name may contain only letters, digits and _ . -, found "${text}"`;
  return segment.kind === "greedy" && !last
    ? `the greedy parameter ${text} must be the last segment`
    : undefined;
}

/** The first parameter, as written, at each position of the resource tree, and the path that it is from. */
type ParameterNames = Map<string, { text: string; path: string }>;

/** Rejects a second name for a parameter at the same position: API Gateway has one tree of resources. */
function checkNames(path: string, at: Position, names: ParameterNames, problems: Problems): void {
  const parts = path === "/" ? [] : path.slice(1).split("/");
  let position = "";
  for (const [index, segment] of parseTemplate(path).entries()) {
    if (segment.kind === "literal") {
      position += `/${parts[index]}`;
      continue;
    }
    const text = parts[index] ?? "";
    position += "/{}";
    const first = names.get(position);
    if (first === undefined) names.set(position, { text, path });
    else if (first.text !== text)
      problems.error(
        "parameter-names",
        at,
        `${path}: ${first.path} has ${first.text} where this path has ${text}: API Gateway allows one parameter at a position, so give both the same name`,
      );
  }
}
