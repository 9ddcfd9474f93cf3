import { isGreedy, isParameter, type NaiveRoute } from "./naive-routes.ts";
import type { NaiveRequest } from "./naive-verifier.ts";

/** Returns the next pseudo-random number, from 0 to 1. */
export type Random = () => number;

/**
 * Creates a generator of pseudo-random numbers from a seed with Mulberry32, which returns the same numbers on
 * every machine, so that a failure can be reproduced.
 */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const pick = <T>(random: Random, list: readonly T[]): T => {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error("Nothing to pick from");
  return found;
};

export function shuffle<T>(random: Random, list: readonly T[]): T[] {
  const copy = [...list];
  for (let at = copy.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [copy[at], copy[other]] = [copy[other] as T, copy[at] as T];
  }
  return copy;
}

/** Values that have broken authorizers. */
const CURIOUS = [
  ".",
  "..",
  "...",
  "a.b",
  "a:b",
  ":",
  "*",
  "?",
  "?*",
  "${aws:username}",
  "%24%7Baws:username%7D",
  "%2A",
  "%3F",
  "%2F",
  "%2f",
  "x%2F",
  "%2Fx",
  "x%2Fy",
  "%252F",
  "%2e%2e",
  "%61",
  "%",
  "%zz",
  "a%20b",
  "a+b",
  "~",
  "é",
  "%C3%A9",
  "👍",
  "GET",
  "-",
  "_",
  "a,b",
  "a;b=c",
  "a=b",
  "a@b",
  "a|b",
  "a!b",
  "0",
  "%00",
  "a//b",
];

const encodeFirst = (text: string): string =>
  text === "" ? "%41" : `%${text.charCodeAt(0).toString(16)}${text.slice(1)}`;

const fill = (segments: readonly string[]): string =>
  segments.map((segment) => (isParameter(segment) ? "q" : segment)).join("%2F");

/** Lists values of a parameter that imitate another route, or a later part of its own route. */
function valuesFrom(other: NaiveRoute, position: number, bound: readonly string[]): string[] {
  const literals = other.segments.filter((segment) => !isParameter(segment));
  const before = fill(other.segments.slice(0, position));
  const upTo = fill(other.segments.slice(0, position + 1));
  const from = fill(other.segments.slice(position));
  const after = fill(other.segments.slice(position + 1));
  const shaped = [from, upTo, fill(other.segments), `v%2F${from}`, `${upTo}%2Fv`];
  return [
    ...literals.flatMap((text) => [text, `x%2F${text}`, `${text}%2Fx`, `${text}%2f`, encodeFirst(text)]),
    ...literals.map((text) => text.toUpperCase()),
    ...shaped.filter((text) => text !== ""),
    ...bound.flatMap((value) => [
      `${value}%2F${from}`,
      `${value}%2F${after}`,
      `${before}%2F${value}`,
      `q%2F${before}%2F${value}`,
    ]),
  ];
}

/** Lists values that do not depend on another route. */
const valuesAlone = (bound: readonly string[]): string[] => [
  ...CURIOUS,
  ...bound.flatMap((value) => [
    value,
    encodeURIComponent(value),
    encodeURIComponent(value).toLowerCase(),
    encodeFirst(value),
    `${value}%2Fx`,
    `x%2F${value}`,
    `${value}%2F`,
    `%2F${value}`,
    `${value}x`,
    `${value}%2F..%2F${value}`,
    value.toUpperCase(),
    `${value}*`,
  ]),
];

/** Returns a value for `{proxy+}`: in half of the cases, encoded slashes become real ones. */
const greedily = (value: string, random: Random): string =>
  random() < 0.5 ? value.replace(/%2F/gi, "/") : value;

/** Generates a request of one route that imitates another route. */
export function imitatingRequest(
  route: NaiveRoute,
  other: NaiveRoute,
  bound: readonly string[],
  random: Random,
): NaiveRequest {
  const parts = route.segments.map((segment, position) => {
    if (!isParameter(segment)) return random() < 0.03 ? encodeFirst(segment) : segment;
    const value =
      random() < 0.25 ? "v" : pick(random, [...valuesFrom(other, position, bound), ...valuesAlone(bound)]);
    return isGreedy(segment) ? greedily(value, random) : value;
  });
  const method = random() < 0.85 ? route.method : other.method;
  return { method, path: spoil(parts, random) };
}

/** Adds an empty segment, a dot segment or a trailing slash to some paths. */
function spoil(parts: readonly string[], random: Random): string {
  const path = [...parts];
  const at = Math.floor(random() * (path.length + 1));
  const choice = random();
  if (choice < 0.04) path.splice(at, 0, "");
  else if (choice < 0.06) path.splice(at, 0, "..");
  else if (choice < 0.08) path.splice(at, 0, ".");
  return `/${path.join("/")}${random() < 0.2 ? "/" : ""}`;
}

/**
 * Generates all paths of one route that imitate another route, or paths with unusual values if both are the
 * same. One parameter at a time has such a value, and the others have a plain value or one of the caller's. In
 * other paths, the literals have another spelling.
 */
export function* pathsOf(route: NaiveRoute, other: NaiveRoute, bound: readonly string[]): Generator<string> {
  const plain = route.segments.map((segment) => (isParameter(segment) ? "v" : segment));
  const join = (parts: readonly string[]): string => `/${parts.join("/")}`;
  const set = (parts: readonly string[], at: number, value: string): string[] => parts.with(at, value);
  const same = route.segments.join("/") === other.segments.join("/");
  const around = [
    plain,
    ...bound.flatMap((value) =>
      route.segments.flatMap((segment, at) => (isParameter(segment) ? [set(plain, at, value)] : [])),
    ),
    ...bound.map((value) => plain.map((part, at) => (isParameter(route.segments[at] ?? "") ? value : part))),
  ];
  for (const [position, segment] of route.segments.entries()) {
    if (!isParameter(segment)) {
      yield join(set(plain, position, encodeFirst(segment)));
      yield join(set(plain, position, segment.toUpperCase()));
      continue;
    }
    const values = [...valuesFrom(other, position, bound), ...(same ? valuesAlone(bound) : [])];
    for (const value of values)
      for (const parts of around) {
        yield join(set(parts, position, value));
        if (isGreedy(segment) && /%2f/i.test(value))
          yield join(set(parts, position, value.replace(/%2F/gi, "/")));
      }
  }
  for (const parts of around) yield join(parts);
  const imitation = plain.map((part, at) => {
    const literal = other.segments[at];
    return isParameter(route.segments[at] ?? "") && literal !== undefined && !isParameter(literal)
      ? literal
      : part;
  });
  yield join(imitation);
  yield join([...imitation, ""]);
  if (same)
    for (let at = 0; at <= plain.length; at++)
      for (const extra of ["", "/", ".", "..", "%2e%2e"])
        yield join([...plain.slice(0, at), extra, ...plain.slice(at)]);
}
