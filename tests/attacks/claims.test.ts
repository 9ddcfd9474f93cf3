import { expect } from "vitest";
import { AUDIENCE, TENANT } from "../support/fixtures.ts";
import { type Attack, startTargets } from "./support/describe-attacks.ts";
import { rs256 } from "./support/raw-token.ts";
import { last, signed } from "./support/signed-text.ts";

const PROTOTYPE = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];
const COMPOSED = "caf\u00e9";
const DECOMPOSED = "cafe\u0301";

const tenantItem = (id: string) => ({ ...TENANT, pk: `TENANT#${id}`, id });

const describeAttacks = startTargets({ items: [tenantItem(COMPOSED), tenantItem("\u{1f980}")] });

const INVALID = [401, "claims_invalid"] as const;
const UNKNOWN_ISSUER = [401, "issuer_unknown"] as const;

/** Sends a claim with this JSON, which may have no equivalent JavaScript value. */
const claim =
  (name: string, json: string): Attack["send"] =>
  (arena) =>
    signed(arena, {
      payload: (text) => {
        const { [name]: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
        return last(`${JSON.stringify(name)}:${json}`)(JSON.stringify(rest));
      },
    });

const INVALID_TIMES = [
  '"2000000000"',
  '"never"',
  '""',
  "null",
  "true",
  "false",
  "[]",
  "[4102444800]",
  "{}",
  '{"$date":4102444800}',
];
/** Numbers later or earlier than every date. */
const OUT_OF_RANGE = [
  "1e999",
  "1e308",
  "9007199254740992",
  "8640000000001",
  "-1e999",
  "-1e308",
  "-8640000000001",
];

describeAttacks("Times: exp, nbf and iat must be seconds of a valid date", [
  ...["exp", "nbf", "iat"].flatMap((name) =>
    INVALID_TIMES.map(
      (json): Attack => ({
        title: `${name} ${json} is rejected as invalid`,
        send: claim(name, json),
        gets: INVALID,
      }),
    ),
  ),
  ...["exp", "nbf", "iat"].flatMap((name) =>
    OUT_OF_RANGE.map(
      (json): Attack => ({
        title: `${name} ${json} is rejected as out of range`,
        send: claim(name, json),
        gets: INVALID,
      }),
    ),
  ),
  { title: "a token without exp is rejected", send: ({ token }) => token({ exp: undefined }), gets: INVALID },
  ...["0", "-0", "-1", "0.5", "-8640000000000", "1e-400", "1e3"].map(
    (json): Attack => ({
      title: `exp ${json} is in the past`,
      send: claim("exp", json),
      gets: [401, "token_expired"],
    }),
  ),
  ...["8640000000000", "4102444800.75", "4.1024448e9"].map(
    (json): Attack => ({ title: `exp ${json} is in the future`, send: claim("exp", json), gets: [200] }),
  ),
  ...["8640000000000", "4102444800.75", "4.1024448e9"].map(
    (json): Attack => ({
      title: `nbf ${json} is in the future`,
      send: claim("nbf", json),
      gets: [401, "token_not_yet_valid"],
    }),
  ),
  {
    title: "exp in the past by the tolerance is rejected",
    send: ({ token, now }) => token({ exp: now() - 30 }),
    gets: [401, "token_expired"],
  },
  {
    title: "nbf beyond the tolerance is rejected",
    send: ({ token, now }) => token({ nbf: now() + 90 }),
    gets: [401, "token_not_yet_valid"],
  },
  {
    title: "EXP in upper case does not count as exp",
    send: ({ token, now }) => token({ exp: undefined, EXP: now() + 600 }),
    gets: INVALID,
  },
]);

describeAttacks("The audience: it must be one of the API's own", [
  ...[
    "7",
    "true",
    "null",
    `{"0":"${AUDIENCE}"}`,
    `[["${AUDIENCE}"]]`,
    `["${AUDIENCE}",7]`,
    `["${AUDIENCE}",null]`,
    `[{"aud":"${AUDIENCE}"}]`,
  ].map(
    (json): Attack => ({
      title: `aud ${json} is rejected as malformed`,
      send: claim("aud", json),
      gets: INVALID,
    }),
  ),
  ...[
    '""',
    "[]",
    '[""]',
    `"${AUDIENCE}/"`,
    `" ${AUDIENCE}"`,
    `"${AUDIENCE.toUpperCase()}"`,
    `"${AUDIENCE},x"`,
    `"${AUDIENCE}\\u0000"`,
    '"*"',
    '["a","b"]',
  ].map(
    (json): Attack => ({
      title: `aud ${json} is rejected as another audience`,
      send: claim("aud", json),
      gets: [401, "audience_wrong"],
    }),
  ),
  {
    title: "a token without aud is rejected",
    send: ({ token }) => token({ aud: undefined }),
    gets: [401, "audience_wrong"],
  },
  {
    title: "aud that contains the API among others is accepted",
    send: ({ token }) => token({ aud: ["a", AUDIENCE] }),
    gets: [200],
  },
]);

describeAttacks("The issuer: it must be exactly the configured URL", [
  ...(
    [
      ["with a slash at its end", (url) => `${url}/`],
      ["in upper case", (url) => url.toUpperCase()],
      ["with another port", (url) => url.replace(/:\d+$/, ":1")],
      ["without its port", (url) => url.replace(/:\d+$/, "")],
      ["with userinfo", (url) => url.replace("//", "//user@")],
      ["as userinfo of another host", (url) => `${url}@evil.example.com`],
      ["with a query string", (url) => `${url}?`],
      ["with a fragment", (url) => `${url}#`],
      ["with a path", (url) => `${url}/.`],
      ["with a space", (url) => `${url} `],
      ["with a NUL", (url) => `${url}\u0000`],
      ["over https", (url) => url.replace("http:", "https:")],
      ["with another name of the host", (url) => url.replace("127.0.0.1", "localhost")],
      ["with another form of the address", (url) => url.replace("127.0.0.1", "127.1")],
      ["in a list", (url) => [url]],
      ["in an object", (url) => ({ url })],
      ["as its configured name", () => "main"],
      ["as nothing", () => undefined],
      ["as null", () => null],
      ["as a number", () => 1],
      ...PROTOTYPE.map((name) => [`as ${name}`, () => name] as const),
    ] satisfies readonly (readonly [string, (url: string) => unknown])[]
  ).map(
    ([title, iss]): Attack => ({
      title: `${title} it is unknown`,
      send: ({ token, servers }) => token({ iss: iss(servers.main.url) }),
      gets: UNKNOWN_ISSUER,
    }),
  ),
]);

describeAttacks("The type: only an access token is accepted", [
  ...[
    "JWT",
    "id+jwt",
    "dpop+jwt",
    "logout+jwt",
    "secevent+jwt",
    "at+jwt;x",
    " at+jwt",
    "",
    undefined,
    null,
    7,
    ["at+jwt"],
  ].map(
    (typ): Attack => ({
      title: `typ ${JSON.stringify(typ)} is rejected`,
      send: ({ token }) => token({}, { typ }),
      gets: [401, "token_type_wrong"],
    }),
  ),
  ...["id", "ID", "Access", "", undefined, null, true, ["access"], { access: true }].map(
    (token_use): Attack => ({
      title: `token_use ${JSON.stringify(token_use)} is rejected`,
      send: ({ curveToken }) => curveToken({ token_use }),
      gets: [401, "token_type_wrong"],
    }),
  ),
  {
    title: "typ in the payload is ignored",
    send: ({ token }) => token({ typ: "at+jwt" }, { typ: undefined }),
    gets: [401, "token_type_wrong"],
  },
  {
    title: "token_use in the header is ignored",
    send: ({ curveToken }) => curveToken({ token_use: undefined }, { token_use: "access" }),
    gets: [401, "token_type_wrong"],
  },
]);

describeAttacks("Bound tokens: a token with cnf is rejected, because its possession is not verified", [
  ...[
    '{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}',
    '{"x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}',
  ]
    .concat('{"jwk":{"kty":"EC"}}', '{"kid":"theirs"}', "{}", "[]", "null", "false", '""', "0")
    .map((json): Attack => ({ title: `cnf ${json}`, send: claim("cnf", json), gets: [401, "token_bound"] })),
  {
    title: "cnf in the header is ignored",
    send: ({ token }) => token({}, { cnf: { jkt: "AAAA" } }),
    gets: [200],
  },
  {
    title: "a bound token with a bad signature is rejected for its signature",
    send: ({ token, pairs }) => token({ cnf: {} }, {}, rs256(pairs.stranger.privateKey)),
    gets: [401, "signature_invalid"],
  },
]);

/** Tenant claims, and the result for a token with each of them. */
const TENANTS: readonly (readonly [string, string, Attack["gets"]])[] = [
  ["acme with a NUL", "acme\u0000", [403, "unknown_tenant"]],
  ["acme after a right-to-left override", "\u202eacme", [403, "unknown_tenant"]],
  ["acme written backwards under an override", "\u202eemca\u202c", [403, "unknown_tenant"]],
  ["a homoglyph of acme", "\u0430cme", [403, "unknown_tenant"]],
  ["acme in full width", "\uff41\uff43\uff4d\uff45", [403, "unknown_tenant"]],
  ["acme with a byte order mark", "\ufeffacme", [403, "unknown_tenant"]],
  ["acme with a zero-width space", "ac\u200bme", [403, "unknown_tenant"]],
  ["acme with a line separator", "acme\u2028", [403, "unknown_tenant"]],
  ["acme with a line break", "acme\n", [403, "unknown_tenant"]],
  ["acme with a space", " acme", [403, "unknown_tenant"]],
  ["acme in upper case", "ACME", [403, "unknown_tenant"]],
  ["a tenant and a sort key", "acme#TENANT", [403, "unknown_tenant"]],
  ["a wildcard", "*", [403, "unknown_tenant"]],
  ["longer than a key of the table", "a".repeat(3_000), [403, "unknown_tenant"]],
  ["the composed spelling, which is a tenant's id", COMPOSED, [200]],
  ["the decomposed spelling, which is not a tenant's id", DECOMPOSED, [403, "unknown_tenant"]],
  ["an emoji, which is a tenant's id", "\u{1f980}", [200]],
  ["an empty string", "", [403, "no_tenant"]],
  ...PROTOTYPE.map((name) => [name, name, [403, "unknown_tenant"]] as const),
];

describeAttacks("Tenants: each tenant has exactly one spelling", [
  ...TENANTS.map(
    ([title, tenant, gets]): Attack => ({ title, send: ({ token }) => token({ tenant }), gets }),
  ),
  ...[
    '"\\ud83e"',
    '"acme\\udd80"',
    "7",
    "true",
    "null",
    "{}",
    '{"acme":1}',
    "[]",
    "[7]",
    '["acme",7]',
    '[["acme"]]',
  ].map(
    (json): Attack => ({
      title: `${json} is not a tenant`,
      send: claim("tenant", json),
      gets: [403, "no_tenant"],
    }),
  ),
  {
    title: "an escape is equal to its character",
    send: claim("tenant", '"\\u0061cme"'),
    gets: [200],
  },
  { title: "acme in a list is acme", send: claim("tenant", '["acme","acme"]'), gets: [200] },
  {
    title: "acme and another tenant need a selector",
    send: claim("tenant", '["acme","globex"]'),
    gets: [403, "roles_not_per_tenant"],
  },
]);

describeAttacks("Property names of every object are not tenants, roles or claims", [
  ...PROTOTYPE.flatMap((name): Attack[] => [
    { title: `the role ${name}`, send: ({ token }) => token({ roles: [name] }), gets: [403, "no_role"] },
    {
      title: `roles of the tenant ${name}`,
      send: claim("roles", `{${JSON.stringify(name)}:["viewer"]}`),
      gets: [403, "no_role"],
    },
    {
      title: `a claim ${name} that holds another tenant's rights`,
      send: claim(name, '{"tenant":"globex","roles":["admin"]}'),
      gets: [200],
      and: ({ response }) => expect(response?.context).toMatchObject({ tenantId: "acme", roles: "viewer" }),
    },
  ]),
  {
    title: "a tenant in __proto__ alone is ignored",
    send: (arena) =>
      signed(arena, {
        payload: (text) => last('"__proto__":{"tenant":"acme"}')(text.replace(/"tenant":"acme",/, "")),
      }),
    gets: [403, "no_tenant"],
  },
  {
    title: "an exp in __proto__ alone is ignored",
    send: (arena) =>
      signed(arena, {
        payload: (text) => last('"__proto__":{"exp":4102444800}')(text.replace(/"exp":\d+,/, "")),
      }),
    gets: INVALID,
  },
  {
    title: "an alg in __proto__ alone is ignored",
    send: (arena) =>
      signed(arena, { header: (text) => text.replace('"alg":"RS256"', '"__proto__":{"alg":"RS256"}') }),
    gets: [401, "algorithm_not_allowed"],
  },
  {
    title: "a typ in __proto__ alone is ignored",
    send: (arena) =>
      signed(arena, { header: (text) => text.replace('"typ":"at+jwt"', '"__proto__":{"typ":"at+jwt"}') }),
    gets: [401, "token_type_wrong"],
  },
]);

describeAttacks("Subjects and roles: malformed and misleading values", [
  ...['"\\ud83e"', '""', "null", "7", "[]", '["ann"]', "{}"].map(
    (json): Attack => ({ title: `the subject ${json} is rejected`, send: claim("sub", json), gets: INVALID }),
  ),
  ...["\u0000", "\u202e", "\u2028", "\ufeff", "\u{1f980}", '"', "\\", "\n", "%", "\u007f"].map(
    (odd): Attack => ({
      title: `${JSON.stringify(odd)} in a subject reaches the backend encoded, as a distinct subject`,
      send: ({ token }) => token({ sub: `ann${odd}` }),
      gets: [200],
      and: ({ response }) => {
        expect(response?.context["userId"]).toBe(`ann${encodeURIComponent(odd)}`);
        expect(response?.principalId).toBe(response?.context["userId"]);
      },
    }),
  ),
  ...[
    '"Viewer"',
    '"viewer\\u0000"',
    '"view\\u200ber"',
    '"\\u202eviewer"',
    '["viewer "]',
    "7",
    "null",
    "{}",
    '[["viewer"]]',
    '["viewer",7]',
    '{"globex":["viewer"]}',
    '"*"',
  ].map(
    (json): Attack => ({
      title: `roles ${json} grant nothing`,
      send: claim("roles", json),
      gets: [403, "no_role"],
    }),
  ),
  {
    title: "a list of tenants is denied without a selector, also with roles for one of them",
    send: ({ token, claims }) =>
      token({ ...claims("main"), tenant: ["acme", "globex"], roles: { acme: ["viewer"] } }),
    gets: [403, "no_tenant"],
  },
]);

const NO_DELEGATION = [401, "delegation_invalid"] as const;

/** Writes a chain of delegates, the current one first. */
const chain = (...subjects: readonly string[]): Record<string, unknown> =>
  subjects.reduceRight<Record<string, unknown>>(
    (act, sub) => ({ sub, ...(act["sub"] !== undefined && { act }) }),
    {},
  );

describeAttacks("The delegates: act must be a short chain of subjects, each of them once", [
  ...[
    '"agent"',
    "null",
    "true",
    "7",
    "[]",
    '[{"sub":"agent"}]',
    "{}",
    '{"sub":""}',
    '{"sub":7}',
    '{"sub":null}',
    '{"sub":["agent"]}',
    '{"sub":"\\ud800"}',
    '{"client_id":"agent"}',
    '{"__proto__":{"sub":"agent"}}',
    '{"sub":"agent","iss":null}',
    '{"sub":"agent","iss":"main"}',
    '{"sub":"agent","iss":"https://a.example b"}',
    '{"sub":"agent","act":"prior"}',
    '{"sub":"agent","act":{}}',
    '{"sub":"agent","act":{"sub":"prior","act":null}}',
  ].map(
    (json): Attack => ({ title: `act ${json} is rejected`, send: claim("act", json), gets: NO_DELEGATION }),
  ),
  {
    title: "a chain of six is rejected",
    send: ({ token }) => token({ act: chain("a", "b", "c", "d", "e", "f") }),
    gets: NO_DELEGATION,
  },
  {
    title: "a chain as deep as a token can be is rejected",
    send: claim("act", `${'{"sub":"a","act":'.repeat(300)}{"sub":"z"}${"}".repeat(300)}`),
    gets: NO_DELEGATION,
  },
  {
    title: "a chain that returns to a delegate is rejected",
    send: ({ token }) => token({ act: chain("a", "b", "a") }),
    gets: NO_DELEGATION,
  },
  {
    title: "a chain that returns to a delegate, now with the name of its issuer, is rejected",
    send: ({ token, servers }) => token({ act: { sub: "a", act: { sub: "a", iss: servers.main.url } } }),
    gets: NO_DELEGATION,
  },
  {
    title: "a chain that returns to the token's subject is rejected",
    send: ({ token, claims }) => token({ act: chain("a", String(claims("main")["sub"])) }),
    gets: NO_DELEGATION,
  },
  {
    title: "a chain of five is accepted",
    send: ({ token }) => token({ act: chain("a", "b", "c", "d", "e") }),
    gets: [200],
  },
  {
    title: "the same subject of two issuers is two parties",
    send: ({ token }) => token({ act: { sub: "a", act: { sub: "a", iss: "https://agents.example" } } }),
    gets: [200],
  },
]);
