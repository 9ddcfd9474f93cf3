import { parseTemplate } from "../../../core/model/route.ts";
import { percentDecode } from "./request.ts";

/**
 * Returns all ways in which API Gateway may read a path's segments: as sent or percent-decoded, each with empty
 * segments (`//`) kept or dropped. The first one is as sent. Which way AWS takes is not established.
 */
export function readSegments(sent: readonly string[]): readonly (readonly string[])[] {
  if (sent.every((segment) => segment !== "" && !segment.includes("%"))) return [sent];
  const spellings = [sent, sent.map((segment) => percentDecode(segment) ?? segment)];
  return [...spellings, ...spellings.map((segments) => segments.filter((segment) => segment !== ""))];
}

/** Returns the note for a request that is denied because its readings reach different routes. */
export function ambiguityNote(candidates: Iterable<string | undefined>): string {
  const names = Array.from(candidates, (candidate) => candidate ?? "none").join(", ");
  return `which route API Gateway chooses is not established (${names}), so the request is denied`;
}

/** Returns the path parameters of a template by name, raw as sent. */
export function readPathParameters(template: string, segments: readonly string[]): Map<string, string> {
  const values = parseTemplate(template).flatMap((segment, at): [string, string][] => {
    if (segment.kind === "literal") return [];
    return [[segment.name, segment.kind === "greedy" ? segments.slice(at).join("/") : (segments[at] ?? "")]];
  });
  return new Map(values);
}
