import { expect } from "vitest";
import { AUDIENCE, TENANT } from "../support/fixtures.ts";
import { type Attack, attackGround } from "./support/describe-attacks.ts";
import { last, signed } from "./support/signed-text.ts";

const PROTOTYPE = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];
const COMPOSED = "caf\u00e9";
const DECOMPOSED = "cafe\u0301";

const tenantItem = (id: string) => ({ ...TENANT, pk: `TENANT#${id}`, id });

const describeAttacks = attackGround({ items: [tenantItem(COMPOSED), tenantItem("\u{1f980}")] });

const INVALID = [401, "claims_invalid"] as const;
const UNKNOWN_ISSUER = [401, "issuer_unknown"] as const;

/** The claim, written as this JSON: not everything that JSON can say is a value of JavaScript. */
const claim =
  (name: string, json: string): Attack["send"] =>
  (arena) =>
    signed(arena, {
      payload: (text) => {
        const { [name]: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
        return last(`${JSON.stringify(name)}:${json}`)(JSON.stringify(rest));
      },
    });

const NO_TIME = [
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
/** After all dates, and before them. */
const NO_DATE = ["1e999", "1e308", "9007199254740992", "8640000000001", "-1e999", "-1e308", "-8640000000001"];

describeAttacks("Times: exp, nbf and iat are seconds of a real date", [
  ...["exp", "nbf", "iat"].flatMap((name) =>
    NO_TIME.map(
      (json): Attack => ({ title: `${name} ${json} is no time`, send: claim(name, json), gets: INVALID }),
    ),
  ),
  ...["exp", "nbf", "iat"].flatMap((name) =>
    NO_DATE.map(
      (json): Attack => ({ title: `${name} ${json} is no date`, send: claim(name, json), gets: INVALID }),
    ),
  ),
  { title: "no exp is refused", send: ({ token }) => token({ exp: undefined }), gets: INVALID },
  ...["0", "-0", "-1", "0.5", "-8640000000000", "1e-400", "1e3"].map(
    (json): Attack => ({
      title: `exp ${json} has passed`,
      send: claim("exp", json),
      gets: [401, "token_expired"],
    }),
  ),
  ...["8640000000000", "4102444800.75", "4.1024448e9"].map(
    (json): Attack => ({ title: `exp ${json} is to come`, send: claim("exp", json), gets: [200] }),
  ),
  ...["8640000000000", "4102444800.75", "4.1024448e9"].map(
    (json): Attack => ({
      title: `nbf ${json} is to come`,
      send: claim("nbf", json),
      gets: [401, "token_not_yet_valid"],
    }),
  ),
  {
    title: "exp in the past by the tolerance is refused",
    send: ({ token, now }) => token({ exp: now() - 30 }),
    gets: [401, "token_expired"],
  },
  {
    title: "nbf beyond the tolerance is refused",
    send: ({ token, now }) => token({ nbf: now() + 90 }),
    gets: [401, "token_not_yet_valid"],
  },
  {
    title: "an exp under another spelling of the name is none",
    send: ({ token, now }) => token({ exp: undefined, EXP: now() + 600 }),
    gets: INVALID,
  },
]);

describeAttacks("The audience: one of the API's own", [
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
    (json): Attack => ({ title: `aud ${json} is of another shape`, send: claim("aud", json), gets: INVALID }),
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
      title: `aud ${json} is another`,
      send: claim("aud", json),
      gets: [401, "audience_wrong"],
    }),
  ),
  {
    title: "no aud is refused",
    send: ({ token }) => token({ aud: undefined }),
    gets: [401, "audience_wrong"],
  },
  {
    title: "aud that names the API among others is accepted",
    send: ({ token }) => token({ aud: ["a", AUDIENCE] }),
    gets: [200],
  },
]);

describeAttacks("The issuer: the configured URL to the character", [
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
      ["by another name of the host", (url) => url.replace("127.0.0.1", "localhost")],
      ["by another form of the address", (url) => url.replace("127.0.0.1", "127.1")],
      ["in a list", (url) => [url]],
      ["in an object", (url) => ({ url })],
      ["by its name", () => "main"],
      ["as nothing", () => undefined],
      ["as null", () => null],
      ["as a number", () => 1],
      ...PROTOTYPE.map((name) => [`as ${name}`, () => name] as const),
    ] satisfies readonly (readonly [string, (url: string) => unknown])[]
  ).map(
    ([title, iss]): Attack => ({
      title: `${title} is unknown`,
      send: ({ token, servers }) => token({ iss: iss(servers.main.url) }),
      gets: UNKNOWN_ISSUER,
    }),
  ),
]);

describeAttacks("The type: an access token and no other", [
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
      title: `typ ${JSON.stringify(typ)} is refused`,
      send: ({ token }) => token({}, { typ }),
      gets: [401, "token_type_wrong"],
    }),
  ),
  ...["id", "ID", "Access", "", undefined, null, true, ["access"], { access: true }].map(
    (token_use): Attack => ({
      title: `token_use ${JSON.stringify(token_use)} is refused`,
      send: ({ curveToken }) => curveToken({ token_use }),
      gets: [401, "token_type_wrong"],
    }),
  ),
  {
    title: "typ in the payload does not count",
    send: ({ token }) => token({ typ: "at+jwt" }, { typ: undefined }),
    gets: [401, "token_type_wrong"],
  },
  {
    title: "token_use in the header does not count",
    send: ({ curveToken }) => curveToken({ token_use: undefined }, { token_use: "access" }),
    gets: [401, "token_type_wrong"],
  },
]);

/** The tenant's text, and what a token that names it gets. */
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
  ["the composed spelling, which is a tenant", COMPOSED, [200]],
  ["the decomposed spelling, which is none", DECOMPOSED, [403, "unknown_tenant"]],
  ["an emoji, which is a tenant", "\u{1f980}", [200]],
  ["nothing", "", [403, "no_tenant"]],
  ...PROTOTYPE.map((name) => [name, name, [403, "unknown_tenant"]] as const),
];

describeAttacks("Tenants: one spelling is one tenant", [
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
      title: `${json} is no tenant`,
      send: claim("tenant", json),
      gets: [403, "no_tenant"],
    }),
  ),
  {
    title: "an escape is the character that it stands for",
    send: claim("tenant", '"\\u0061cme"'),
    gets: [200],
  },
  { title: "acme in a list is acme", send: claim("tenant", '["acme","acme"]'), gets: [200] },
  {
    title: "acme and another need a selector",
    send: claim("tenant", '["acme","globex"]'),
    gets: [403, "roles_not_per_tenant"],
  },
]);

describeAttacks("Names that every object has are nobody's", [
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
      and: ({ answer }) => expect(answer?.context).toMatchObject({ tenantId: "acme", roles: "viewer" }),
    },
  ]),
  {
    title: "a tenant and roles in __proto__ alone are none",
    send: (arena) =>
      signed(arena, {
        payload: (text) => last('"__proto__":{"tenant":"acme"}')(text.replace(/"tenant":"acme",/, "")),
      }),
    gets: [403, "no_tenant"],
  },
  {
    title: "an exp in __proto__ alone is none",
    send: (arena) =>
      signed(arena, {
        payload: (text) => last('"__proto__":{"exp":4102444800}')(text.replace(/"exp":\d+,/, "")),
      }),
    gets: INVALID,
  },
  {
    title: "an alg in __proto__ alone is none",
    send: (arena) =>
      signed(arena, { header: (text) => text.replace('"alg":"RS256"', '"__proto__":{"alg":"RS256"}') }),
    gets: [401, "algorithm_not_allowed"],
  },
  {
    title: "a typ in __proto__ alone is none",
    send: (arena) =>
      signed(arena, { header: (text) => text.replace('"typ":"at+jwt"', '"__proto__":{"typ":"at+jwt"}') }),
    gets: [401, "token_type_wrong"],
  },
]);

describeAttacks("Subjects and roles as strangers write them", [
  ...['"\\ud83e"', '""', "null", "7", "[]", '["ann"]', "{}"].map(
    (json): Attack => ({ title: `the subject ${json} is none`, send: claim("sub", json), gets: INVALID }),
  ),
  ...["\u0000", "\u202e", "\u2028", "\ufeff", "\u{1f980}", '"', "\\", "\n", "%", "\u007f"].map(
    (odd): Attack => ({
      title: `${JSON.stringify(odd)} in a subject reaches the backend encoded, and nobody else's name`,
      send: ({ token }) => token({ sub: `ann${odd}` }),
      gets: [200],
      and: ({ answer }) => {
        expect(answer?.context["userId"]).toBe(`ann${encodeURIComponent(odd)}`);
        expect(answer?.principalId).toBe(answer?.context["userId"]);
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
      title: `roles ${json} are none`,
      send: claim("roles", json),
      gets: [403, "no_role"],
    }),
  ),
  {
    title: "an issuer that may speak for one tenant does not speak for another by a list",
    send: ({ token, claims }) =>
      token({ ...claims("main"), tenant: ["acme", "globex"], roles: { acme: ["viewer"] } }),
    gets: [403, "no_tenant"],
  },
]);
