import { parseTemplate, type Segment } from "../../model/route.ts";
import type { Position, Problems } from "../source/problem.ts";
import type { Source } from "../source/source.ts";

const LITERAL = /^[A-Za-z0-9_.,:-]+$/;
const PARAMETER = /^[A-Za-z][A-Za-z0-9_.-]*$/;

/** Tells every path that API Gateway cannot import, or that would be two names for one place. */
export function checkPaths(source: Source, paths: readonly string[], problems: Problems): void {
  const names = new Map<string, { text: string; path: string }>();
  for (const path of paths) {
    const at = source.keyAt(["paths", path]);
    const wrong = wrongPath(path);
    if (wrong === undefined) checkNames(path, at, names, problems);
    else problems.error(at, `${path}: ${wrong}`);
  }
}

function wrongPath(path: string): string | undefined {
  if (!path.startsWith("/")) return `a path starts with /: write /${path}`;
  if (path === "/") return undefined;
  if (path.endsWith("/")) return `API Gateway has no path that ends with /: write ${path.slice(0, -1)}`;
  const parts = path.slice(1).split("/");
  const segments = parseTemplate(path);
  for (const [index, segment] of segments.entries()) {
    const wrong = wrongSegment(segment, parts[index] ?? "", index === segments.length - 1);
    if (wrong !== undefined) return wrong;
  }
  const seen = segments.flatMap((segment) => (segment.kind === "literal" ? [] : [segment.name]));
  const twice = seen.find((name, index) => seen.indexOf(name) !== index);
  return twice === undefined ? undefined : `the parameter {${twice}} stands twice`;
}

function wrongSegment(segment: Segment, text: string, last: boolean): string | undefined {
  if (segment.kind === "literal") {
    if (/[{}]/.test(text)) return `API Gateway takes a parameter as a whole segment only, found "${text}"`;
    return LITERAL.test(text)
      ? undefined
      : `a segment holds letters, digits and _ . , : - only, found "${text}"`;
  }
  if (!PARAMETER.test(segment.name))
    return `a parameter's name holds letters, digits and _ . - and starts with a letter, found "${text}"`;
  return segment.kind === "greedy" && !last ? `the greedy parameter ${text} may only stand last` : undefined;
}

/** API Gateway has one tree of resources: a parameter has one name at one place of it. */
function checkNames(
  path: string,
  at: Position,
  names: Map<string, { text: string; path: string }>,
  problems: Problems,
): void {
  const parts = path === "/" ? [] : path.slice(1).split("/");
  let place = "";
  for (const [index, segment] of parseTemplate(path).entries()) {
    if (segment.kind === "literal") {
      place += `/${parts[index]}`;
      continue;
    }
    const text = parts[index] ?? "";
    place += "/{}";
    const known = names.get(place);
    if (known === undefined) names.set(place, { text, path });
    else if (known.text !== text)
      problems.error(
        at,
        `${path}: ${known.path} has ${known.text} where this path has ${text}: API Gateway takes one parameter at one position, so give both the same name`,
      );
  }
}
