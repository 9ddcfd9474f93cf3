import type { Route, Segment } from "../core/model/route.ts";

/** The values of a route's path parameters by name, not encoded. */
export type PathValues = Readonly<Record<string, string>>;

/** Returns the value's path segments: several if a greedy parameter's value has slashes. */
export function valueSegments(segment: Exclude<Segment, { kind: "literal" }>, values: PathValues): string[] {
  const value = values[segment.name] ?? "";
  return segment.kind === "greedy" ? value.split("/") : [value];
}

/** Returns a request's path, with the values encoded as a client encodes them. */
export function buildPath({ segments }: Route, values: PathValues): string {
  const parts = segments.map((segment) =>
    segment.kind === "literal"
      ? segment.text
      : valueSegments(segment, values).map(encodeURIComponent).join("/"),
  );
  return `/${parts.join("/")}`;
}
