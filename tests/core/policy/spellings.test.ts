import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { routeSize } from "../../../core/exact/budget.ts";
import { makeRoute, type Route } from "../../../core/model/route.ts";
import { boundPaths } from "../../../core/policy/spellings.ts";
import { draws } from "../../support/draws.ts";

const USERS = makeRoute("GET", "/users/{userId}");
const POSTS = makeRoute("GET", "/users/{userId}/posts/{postId}/text");
const OPTIONS = { base: 90, slashes: false, oneSpelling: undefined };

/** The path segments that clients write, from the definitions of their libraries. Each leaves these characters. */
const CLIENTS: Readonly<Record<string, RegExp>> = {
  "none, as typed": /[\x21-\x7e]/,
  "JavaScript's encodeURIComponent": /[A-Za-z0-9\-_.!~*'()]/,
  "Go's url.PathEscape": /[A-Za-z0-9\-_.~$&+:=@]/,
  "Go's URL.String": /[A-Za-z0-9\-_.~$&+,/:;=@]/,
  "Java's URLEncoder": /[A-Za-z0-9.\-*_]/,
  "Spring's UriUtils.encodePathSegment": /[A-Za-z0-9\-._~!$&'()*+,;=:@]/,
  "Spring's UriUtils.encode": /[A-Za-z0-9\-._~]/,
  "google-http-java's escapeUriPath": /[A-Za-z0-9\-_.!~*'()@:$&,;=+]/,
  "google-http-java's escapeUri": /[A-Za-z0-9\-_.*]/,
  "Swift's urlPathAllowed": /[A-Za-z0-9!$&'()*+,\-./:=@_~]/,
  "Python's urllib.parse.quote": /[A-Za-z0-9_.\-~]/,
};
const write = (value: string, kept: RegExp, isUpper: boolean): string =>
  [...value]
    .map((character) => {
      if (kept.test(character)) return character;
      const hex = character.charCodeAt(0).toString(16);
      return `%${isUpper ? hex.toUpperCase() : hex}`;
    })
    .join("");

/** Values of up to 24 characters, of which up to four are not letters. */
const valueWith = (kinds: fc.Arbitrary<readonly string[]>) =>
  kinds.chain((special) =>
    fc
      .tuple(
        fc.string({ unit: fc.constantFrom(..."abzAZ09-._"), minLength: 1, maxLength: 20 }),
        fc.array(fc.tuple(fc.constantFrom(...special), fc.nat(20)), { maxLength: 4 }),
      )
      .map(([text, inserted]) =>
        inserted.reduce((value, [one, at]) => value.slice(0, at) + one + value.slice(at), text),
      )
      .filter((value) => value !== "." && value !== ".."),
  );
const SPECIAL = [..."~@:+=,!|"];
const ANY = valueWith(fc.constant(SPECIAL));
const TWO_KINDS = valueWith(fc.shuffledSubarray(SPECIAL, { minLength: 1, maxLength: 2 }));

describe("the paths of a bound route", () => {
  it.each(Object.entries(CLIENTS))("have the value as a client writes it: %s", (_, kept) => {
    fc.assert(
      fc.property(ANY, TWO_KINDS, (any, twoKinds) => {
        const paths = (userId: string) => boundPaths("GET", USERS.segments, { userId }, OPTIONS);
        expect(paths(any)).toContain(`GET/users/${write(any, kept, true)}`);
        expect(paths(twoKinds)).toContain(`GET/users/${write(twoKinds, kept, false)}`);
      }),
      { numRuns: draws(5_000, 200) },
    );
  });

  it("have only this value, whatever the spelling", () => {
    fc.assert(
      fc.property(ANY, (value) => {
        for (const path of boundPaths("GET", USERS.segments, { userId: value }, OPTIONS))
          expect(decodeURIComponent(path.slice("GET/users/".length))).toBe(value);
      }),
    );
  });

  it.each<[title: string, route: Route, values: (one: string, two: string) => Record<string, string>]>([
    ["one value", USERS, (one) => ({ userId: one })],
    ["two values", POSTS, (one, two) => ({ userId: one, postId: two })],
  ])("take no more bytes than the proof counts: %s", (_, route, valuesOf) => {
    const long = fc.string({ unit: fc.constantFrom(..."ab~@:+=,!|"), minLength: 1, maxLength: 128 });
    fc.assert(
      fc.property(long, long, fc.integer({ min: 20, max: 120 }), fc.boolean(), (one, two, base, slashes) => {
        const values = valuesOf(one, two);
        const paths = boundPaths(route.method, route.segments, values, { ...OPTIONS, base, slashes });
        const written = paths.flatMap((path) => (slashes && route === POSTS ? [path, `${path}/`] : [path]));
        const bytes = written
          .filter((path) => base + 1 + path.length <= 512)
          .reduce((sum, path) => sum + base + path.length + 4, 0);
        const binding = Object.fromEntries(Object.keys(values).map((name) => [name, ["subject" as const]]));
        const sizes = { base, slashes, shortTenantIds: false, bindingsOf: () => [binding] };
        expect(bytes).toBeLessThanOrEqual(routeSize(route, sizes).bound);
      }),
      { numRuns: draws(5_000, 300) },
    );
  });

  it("have a tenant's id in one spelling if the proof counts one", () => {
    const options = { ...OPTIONS, oneSpelling: "a~b" };
    expect(boundPaths("GET", USERS.segments, { userId: "a~b" }, options)).toEqual(["GET/users/a~b"]);
    expect(boundPaths("GET", USERS.segments, { userId: "a~b" }, OPTIONS)).toEqual([
      "GET/users/a~b",
      "GET/users/a%7Eb",
      "GET/users/a%7eb",
    ]);
  });

  it("have no mixture of two clients' spellings", () => {
    const paths = boundPaths("GET", USERS.segments, { userId: "x:a|b" }, OPTIONS);
    expect(paths).toEqual([
      "GET/users/x:a|b",
      "GET/users/x%3Aa%7Cb",
      "GET/users/x%3aa%7cb",
      "GET/users/x:a%7Cb",
      "GET/users/x:a%7cb",
    ]);
  });
});
