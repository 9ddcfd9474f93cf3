import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Authorizer } from "../../lambdas/authorizer/handle-request.ts";
import { AUDIENCE, event } from "../support/fixtures.ts";
import { type Arena, startArena } from "./support/arena.ts";
import { bounded, noUnhandledRejection, oddValue, rule } from "./support/fuzz.ts";
import { rawToken, rs256 } from "./support/raw-token.ts";
import { sourceAuthorizer } from "./support/targets.ts";

type Members = Record<string, unknown>;
type Forge = (token: string) => string;

noUnhandledRejection();
let arena: Arena;
let authorizer: Authorizer;
let good: string;
beforeAll(async () => {
  arena = await startArena();
  ({ authorizer } = sourceAuthorizer(arena));
  good = arena.token();
});
afterAll(() => arena.stop());

const BASE = "arn:aws:execute-api:eu-central-1:123456789012:abcdef/prod";
/** The complete policy of a viewer. */
const VIEWER = [
  { Effect: "Allow", Action: "execute-api:Invoke", Resource: [`${BASE}/GET/documents/?*`] },
  { Effect: "Deny", Action: "execute-api:Invoke", Resource: [`${BASE}/*//*`] },
];

const changes = (names: readonly string[]) =>
  fc.array(
    fc.record({
      name: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, fc.string({ maxLength: 8 })),
      value: fc.option(oddValue, { nil: undefined }),
    }),
    { minLength: 1, maxLength: 3 },
  );

function changed(members: Readonly<Members>, edits: readonly { name: string; value: unknown }[]): Members {
  const copy = Object.fromEntries(Object.entries(members));
  for (const { name, value } of edits)
    Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

const parse = (part = ""): Members => JSON.parse(Buffer.from(part, "base64url").toString()) as Members;
const print = (members: unknown): string => Buffer.from(JSON.stringify(members)).toString("base64url");

const HEADER = ["alg", "kid", "typ", "crit", "b64", "cty", "jwk", "jku", "x5c", "zip", "enc", "__proto__"];
const CLAIMS = [
  "iss",
  "aud",
  "sub",
  "tenant",
  "roles",
  "scope",
  "exp",
  "nbf",
  "iat",
  "jti",
  "client_id",
  "azp",
  "__proto__",
];

/** Changes to a token that are possible without a key of its issuer. */
const forging: fc.Arbitrary<Forge> = fc.oneof(
  changes(HEADER).map(
    (edits): Forge =>
      (token) => {
        const [header, ...rest] = token.split(".");
        return [print(changed(parse(header), edits)), ...rest].join(".");
      },
  ),
  changes(CLAIMS).map(
    (edits): Forge =>
      (token) => {
        const [header, payload, signature] = token.split(".");
        return [header, print(changed(parse(payload), edits)), signature].join(".");
      },
  ),
  fc.record({ header: changes(HEADER), claims: changes(CLAIMS) }).map(
    ({ header, claims }): Forge =>
      (token) => {
        const [first, second] = token.split(".");
        const stranger = rs256(arena.pairs.stranger.privateKey);
        return rawToken(changed(parse(first), header), changed(parse(second), claims), stranger);
      },
  ),
  fc.record({ at: fc.nat(255), bits: fc.integer({ min: 1, max: 255 }) }).map(
    ({ at, bits }): Forge =>
      (token) => {
        const [header, payload, signature] = token.split(".");
        const bytes = Buffer.from(signature ?? "", "base64url");
        bytes[at] = (bytes[at] ?? 0) ^ bits;
        return [header, payload, bytes.toString("base64url")].join(".");
      },
  ),
  fc.record({ at: fc.nat(900), text: fc.string({ minLength: 1, maxLength: 3 }), cut: fc.nat(3) }).map(
    ({ at, text, cut }): Forge =>
      (token) =>
        token.slice(0, at) + text + token.slice(at + cut),
  ),
  fc.shuffledSubarray([0, 1, 2, 0, 1, 2], { minLength: 1 }).map(
    (order): Forge =>
      (token) =>
        order.map((index) => token.split(".")[index]).join("."),
  ),
);

const tokens = bounded(400);
test(`only the signed token is allowed, and no changed one (${tokens.label})`, async () => {
  await fc.assert(
    fc.asyncProperty(forging, async (forge) => {
      const token = forge(good);
      const { kind } = await rule(authorizer, event(`Bearer ${token}`));
      expect(kind).toBe(token === good ? "allow" : "unauthorized");
    }),
    tokens.parameters,
  );
});

const headers = bounded(300);
test(`only a header of Bearer and the signed token is allowed (${headers.label})`, async () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc
      .tuple(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }))
      .map(([a, b]) => `${a}Bearer${b}${good}`),
    fc
      .tuple(fc.constantFrom("Bearer", "bearer", "BEARER", "Basic"), fc.stringMatching(/^[ \t]{0,4}$/))
      .map(([a, b]) => `${a}${b}${good}`),
  );
  await fc.assert(
    fc.asyncProperty(text, async (value) => {
      const { kind } = await rule(authorizer, event(value));
      expect(kind).toBe(
        /^bearer +/i.test(value) && value.replace(/^bearer +/i, "") === good ? "allow" : "unauthorized",
      );
    }),
    headers.parameters,
  );
});

/** Decides from the claims alone whether the caller is a viewer, independently of the authorizer's code. */
function mayView(claims: Readonly<Members>, now: number): boolean {
  const own = (name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  const isDate = (value: unknown): value is number => typeof value === "number" && Math.abs(value) <= 8.64e12;
  const isText = (value: unknown): value is string =>
    typeof value === "string" && value !== "" && !/\p{Cs}/u.test(value);
  const strings = (value: unknown): string[] =>
    Array.isArray(value) && value.every((one) => typeof one === "string")
      ? value
      : typeof value === "string"
        ? [value]
        : [];
  const inTime =
    isDate(own("exp")) &&
    Number(own("exp")) > now - 30 &&
    (own("nbf") === undefined || (isDate(own("nbf")) && Number(own("nbf")) <= now + 30)) &&
    (own("iat") === undefined || isDate(own("iat")));
  const tenants = new Set(strings(own("tenant")).filter(isText));
  const roles = own("roles");
  const isMap = typeof roles === "object" && roles !== null && !Array.isArray(roles);
  const held = isMap ? (Object.hasOwn(roles, "acme") ? (roles as Members)["acme"] : undefined) : roles;
  const names = typeof held === "string" ? held.split(" ") : strings(held);
  return (
    own("iss") === arena.servers.main.url &&
    strings(own("aud")).includes(AUDIENCE) &&
    inTime &&
    isText(own("sub")) &&
    tenants.size === 1 &&
    tenants.has("acme") &&
    names.includes("viewer")
  );
}

const claims = bounded(400);
test(`signed claims allow exactly the access that they state (${claims.label})`, async () => {
  let allowed = 0;
  await fc.assert(
    fc.asyncProperty(changes(CLAIMS), async (edits) => {
      const now = arena.now();
      const edited = changed(arena.claims("main"), edits);
      const token = rawToken(arena.header(), edited, rs256(arena.pairs.main.privateKey));
      const ruling = await rule(authorizer, event(`Bearer ${token}`));
      const received = JSON.parse(JSON.stringify(edited)) as Members;
      expect(ruling.kind === "allow").toBe(mayView(received, now));
      if (ruling.kind !== "allow") return;
      allowed += 1;
      expect(ruling.response.policyDocument.Statement).toEqual(VIEWER);
      expect(ruling.response.context).toMatchObject({ tenantId: "acme", roles: "viewer" });
    }),
    claims.parameters,
  );
  expect(allowed).toBeGreaterThan(20);
});

const FIELDS = [
  "type",
  "methodArn",
  "resource",
  "path",
  "httpMethod",
  "headers",
  "multiValueHeaders",
  "pathParameters",
  "queryStringParameters",
  "multiValueQueryStringParameters",
  "stageVariables",
  "requestContext",
];

/** Returns all values of Authorization, in any letter case, in both maps. */
function listAuthorizations(sent: Readonly<Members>): unknown[] {
  return ["headers", "multiValueHeaders"].flatMap((map) =>
    Object.entries(sent[map] ?? {})
      .filter(([name]) => name.toLowerCase() === "authorization")
      .flatMap(([, value]) => value as unknown),
  );
}

const events = bounded(400);
test(`an event with malformed fields gets a response that allows only the token's access (${events.label})`, async () => {
  const map = fc.dictionary(
    fc.constantFrom("Authorization", "authorization", "AUTHORIZATION", "Cookie", "portcullis_a", "__proto__"),
    fc.oneof(oddValue, fc.constant("GOOD"), fc.constant(["GOOD"]), fc.constant("a-abc123")),
  );
  const edits = fc.array(
    fc.record({
      name: fc.constantFrom(...FIELDS),
      value: fc.option(fc.oneof(oddValue, map), { nil: undefined }),
    }),
    { maxLength: 3 },
  );
  const whole = fc.oneof({ weight: 9, arbitrary: edits }, oddValue);
  let allowed = 0;
  await fc.assert(
    fc.asyncProperty(whole, async (odd) => {
      const isEdit =
        Array.isArray(odd) && odd.every((one) => FIELDS.includes((one as Members)?.["name"] as string));
      const value = isEdit
        ? changed({ ...event(`Bearer ${good}`) }, odd as { name: string; value: unknown }[])
        : odd;
      const sent = JSON.parse(JSON.stringify(value).replaceAll("GOOD", `Bearer ${good}`)) as Members | null;
      const ruling = await rule(authorizer, sent);
      if (ruling.kind !== "allow") return;
      allowed += 1;
      expect(new Set(listAuthorizations(sent ?? {}))).toEqual(new Set([`Bearer ${good}`]));
      expect(sent?.["stageVariables"]).toMatchObject({ portcullis_a: "a-abc123" });
      expect([sent?.["httpMethod"], sent?.["resource"]].join(" ")).toBe("GET /documents/{documentId}");
      expect(ruling.response.policyDocument.Statement).toEqual(VIEWER);
    }),
    events.parameters,
  );
  expect(allowed).toBeGreaterThan(20);
});
