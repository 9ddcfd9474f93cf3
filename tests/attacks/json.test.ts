import { expect } from "vitest";
import { type Attack, startTargets } from "./support/describe-attacks.ts";
import { malformed } from "./support/malformed.ts";
import { first, last, signed } from "./support/signed-text.ts";

const describeAttacks = startTargets();

const DUPLICATES: readonly (readonly [string, "header" | "payload", string])[] = [
  ["alg", "header", '"alg":"none"'],
  ["alg with an escape", "header", '"\\u0061lg":"none"'],
  ["kid", "header", '"kid":"k2"'],
  ["typ with the same value", "header", '"typ":"at+jwt"'],
  ["iss", "payload", '"iss":"https://evil.example.com"'],
  ["iss with an escape", "payload", '"is\\u0073":"https://evil.example.com"'],
  ["tenant", "payload", '"tenant":"globex"'],
  ["tenant with an escape", "payload", '"\\u0074enant":"globex"'],
  ["tenant with the same value", "payload", '"tenant":"acme"'],
  ["roles", "payload", '"roles":["admin"]'],
  ["exp", "payload", '"exp":99999999999'],
  ["a member of a member", "payload", '"org":{"tenant":"globex","tenant":"acme"}'],
  ["a member in a list", "payload", '"list":[{"a":1,"\\u0061":2}]'],
  ["__proto__", "payload", '"__proto__":1,"__proto__":2'],
];

describeAttacks("Duplicate members, which another parser could read differently", [
  ...DUPLICATES.flatMap(([title, part, member]) => [
    malformed(`${title} in the ${part}, added first`, (arena) => signed(arena, { [part]: first(member) })),
    malformed(`${title} in the ${part}, added last`, (arena) => signed(arena, { [part]: last(member) })),
  ]),
  {
    title: "the same name in different objects, and colons and quotes in strings, are not duplicates",
    send: (arena) =>
      signed(arena, {
        payload: last(
          '"a":{"sub":"x"},"b":[{"sub":"x"},{"sub":"\\"tenant\\":\\"y\\\\"}],"c:":"::\\\\\\"","":{"":[]}',
        ),
      }),
    gets: [200],
    and: ({ response }) => expect(response?.context).toMatchObject({ userId: "ann", tenantId: "acme" }),
  },
  {
    title: "names in another letter case are different names",
    send: (arena) =>
      signed(arena, { payload: last('"Tenant":"globex","ISS":"x"'), header: last('"ALG":"none"') }),
    gets: [200],
    and: ({ response }) => expect(response?.context).toMatchObject({ tenantId: "acme" }),
  },
]);

const nested = (open: string, close: string, depth: number): string =>
  open.repeat(depth) + close.repeat(depth);

describeAttacks("Size and depth: bounded work, and no stack overflow", [
  ...(
    [
      ["lists", nested("[", "]", 3_400)],
      ["objects", `${'{"a":'.repeat(1_100)}1${"}".repeat(1_100)}`],
    ] as const
  ).flatMap(([title, value]): Attack[] => [
    {
      title: `thousands of ${title} inside each other in an unused claim change nothing`,
      send: (arena) => signed(arena, { payload: last(`"x":${value}`) }),
      gets: [200],
    },
    {
      title: `thousands of ${title} inside each other are rejected as an audience`,
      send: (arena) => signed(arena, { payload: (text) => text.replace(/"aud":"[^"]*"/, `"aud":${value}`) }),
      gets: [401, "claims_invalid"],
    },
    {
      title: `thousands of ${title} inside each other are denied as a tenant`,
      send: (arena) =>
        signed(arena, { payload: (text) => text.replace(/"tenant":"[^"]*"/, `"tenant":${value}`) }),
      gets: [403, "no_tenant"],
    },
    malformed(`thousands of ${title} without their ends are rejected`, (arena) =>
      signed(arena, { payload: last(`"x":${value.slice(0, value.length / 2)}`) }),
    ),
  ]),
  malformed("a header of lists inside each other is rejected", (arena) =>
    signed(arena, { header: () => nested("[", "]", 3_000) }),
  ),
  {
    title: "10,240 characters and more are rejected by their length",
    send: () => "A".repeat(10_234),
    gets: [401, "token_too_large"],
  },
  {
    title: "a million characters are rejected by their length",
    send: () => "a.".repeat(500_000),
    gets: [401, "token_too_large"],
  },
  malformed("thousands of spaces between scheme and token", () => `${" ".repeat(10_000)}é`),
  {
    title: "hundreds of members are accepted",
    send: (arena) =>
      signed(arena, { payload: last(Array.from({ length: 700 }, (_, at) => `"m${at}":1`).join(",")) }),
    gets: [200],
  },
]);

describeAttacks("Input that is not JSON as RFC 8259 defines it", [
  malformed("a byte order mark before the header", (arena) =>
    signed(arena, { header: (text) => `\ufeff${text}` }),
  ),
  malformed("a byte order mark before the payload", (arena) =>
    signed(arena, { payload: (text) => `\ufeff${text}` }),
  ),
  malformed("bytes that are not UTF-8", (arena) =>
    signed(arena, { payload: (text) => Buffer.from(last('"x":"\u00ff"')(text), "latin1") }),
  ),
  malformed("an overlong encoding", (arena) =>
    signed(arena, {
      payload: (text) =>
        Buffer.concat([
          Buffer.from(text.slice(0, -1)),
          Buffer.from(',"x":"'),
          Buffer.from([0xc0, 0xaf]),
          Buffer.from('"}'),
        ]),
    }),
  ),
  malformed("UTF-16", (arena) => signed(arena, { payload: (text) => Buffer.from(text, "utf16le") })),
  malformed("a comment", (arena) => signed(arena, { payload: (text) => `${text}/**/` })),
  malformed("a trailing comma", (arena) => signed(arena, { payload: (text) => `${text.slice(0, -1)},}` })),
  malformed("a second object", (arena) => signed(arena, { payload: (text) => text + text })),
  malformed("NaN", (arena) => signed(arena, { payload: last('"x":NaN') })),
  malformed("a NUL at the end", (arena) => signed(arena, { payload: (text) => `${text}\u0000` })),
  ...["null", "true", "1", '"x"', "[]", "[{}]"].map((text) =>
    malformed(`a payload that is ${text}`, (arena) => signed(arena, { payload: () => text })),
  ),
]);
