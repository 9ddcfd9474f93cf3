import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decisionLine, type LogMetadata, printLogLine } from "../../runtime/telemetry/log.ts";
import { draws } from "../support/draws.ts";
import { event, issuerFields, ROLE, TENANT } from "../support/fixtures.ts";
import { checkDecisionLine } from "../support/log-lines.ts";
import { type Arena, startArena } from "./support/arena.ts";
import { bounded, noUnhandledRejection, oddValue, rule } from "./support/fuzz.ts";
import { inMemoryReader, sourceAuthorizer } from "./support/targets.ts";

type Members = Readonly<Record<string, unknown>>;

noUnhandledRejection();

/** Characters that end a line or hide text for some reader, or that JSON, shells and templates treat specially. */
const HOSTILE = [
  ..."\n\r\t\0\b\f\u000b\u001b\u007f\u0085\u009b\u00ad\u061c\u200b\u200e\u2028\u2029\u202e\u2066\ufeff\uffff",
  "\ud800",
  "\udfff",
  "\u{e0001}",
  '"',
  "\\",
  '\\"',
  "\\u000a",
  '"}\n{"level":"error"',
  "]]>",
  "${jndi:ldap://x}",
  "%0a",
];
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 4 })), { maxLength: 6 })
    .map((parts) => parts.join("")),
);

const number = fc.oneof(
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(Number.MAX_VALUE, 5e-324, -0, 2 ** 53 + 2, Number.NaN, Number.NEGATIVE_INFINITY),
);
const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text,
    number,
    oddValue,
    fc.constant(undefined),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.array(fc.tuple(text, tie("any")), { maxLength: 3 }).map(toMembers),
  ),
})).any;

/** Names that programs treat specially, and names that a decision's line has. */
const NAMES = [
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "length", "", "0", "-1", "1e3"],
  ...[
    "level",
    "message",
    "status",
    "requestId",
    "coldStart",
    "correlationId",
    "stale",
    "shadow",
    "durationMs",
  ],
  ...["_aws", "userId", "tenantId", "reason", "outcome", "code"],
];
const members = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), text), value), { maxLength: 8 })
  .map(toMembers);

/** Makes every name an own member, `__proto__` too. */
function toMembers(entries: readonly (readonly [string, unknown])[]): Members {
  const made = {};
  for (const [name, value] of entries)
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  return made;
}

/** Parses a line of the log as its readers do: one line of text without a raw control character. */
function parseLine(line: string): Members {
  // Lone surrogates cannot be written as UTF-8.
  expect(Buffer.from(line).toString()).toBe(line);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a line must not have
  expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
  return JSON.parse(line) as Members;
}

/** Lists the members that JSON can express, with their values as JSON has them. */
function expressible(fields: Members): [string, unknown][] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const whole = JSON.stringify({ value });
    return whole === "{}" ? [] : [[name, (JSON.parse(whole) as { value: unknown }).value]];
  });
}

const plain = bounded(draws(20_000, 1_000));
test(`any members are one line that parses to equal members (${plain.label})`, () => {
  fc.assert(
    fc.property(members, (fields) => {
      expect(Object.entries(parseLine(printLogLine(fields)))).toEqual(expressible(fields));
    }),
    plain.parameters,
  );
});

const METADATA: LogMetadata = {
  status: 200,
  requestId: "request-1",
  coldStart: false,
  correlationId: undefined,
  permissionsCached: true,
  stale: undefined,
  shadow: undefined,
  durationMs: 1,
};

const decisions = bounded(draws(20_000, 500));
test(`no member of a decision replaces a field of its metadata (${decisions.label})`, () => {
  const head = { level: "info", message: "decision", ...METADATA };
  fc.assert(
    fc.property(members, fc.option(members, { nil: undefined }), (decision, counted) => {
      const parsed = parseLine(decisionLine(METADATA, decision, counted));
      const others = expressible({ ...decision, ...counted }).filter(([name]) => !Object.hasOwn(head, name));
      expect(new Map(Object.entries(parsed))).toEqual(new Map([...others, ...expressible(head)]));
    }),
    decisions.parameters,
  );
});

let arena: Arena;
beforeAll(async () => {
  arena = await startArena();
});
afterAll(() => arena.stop());

const requests = bounded(draws(3_000, 250));
test(`a request with hostile claims and headers is one line with the caller's own values (${requests.label})`, async () => {
  const { authorizer, lines } = sourceAuthorizer(arena, {
    reader: inMemoryReader([issuerFields({ pass: { email: ["email"], stale: ["stale"] } }), ROLE, TENANT]),
  });
  const sent = fc.record({
    claims: fc.record({
      sub: text,
      jti: text,
      email: text,
      stale: text,
      tenant: fc.constantFrom("acme", "\n"),
    }),
    correlation: text,
    requestId: text,
    resource: fc.oneof({ weight: 4, arbitrary: fc.constant("/documents/{documentId}") }, text),
  });
  const seen = { allow: 0, deny: 0, unauthorized: 0, error: 0 };
  await fc.assert(
    fc.asyncProperty(sent, async ({ claims, correlation, requestId, resource }) => {
      const { kind } = await rule(
        authorizer,
        event(`Bearer ${arena.token(claims)}`, {
          resource,
          multiValueHeaders: { "X-Correlation-Id": [correlation] },
          requestContext: { extendedRequestId: requestId } as never,
        }),
      );
      seen[kind] += 1;
      const written = lines.splice(0);
      for (const each of written) checkDecisionLine(each, ["email", "stale"]);
      const [line, ...others] = written.map(parseLine);
      expect(others).toEqual([]);
      expect(line).toMatchObject({ message: "decision", requestId });
      expect([undefined, correlation]).toContain(line?.["correlationId"]);
      expect(line?.["stale"]).toBeUndefined();
      if (kind !== "allow") return;
      const values = { userId: claims.sub, tokenId: claims.jti, email: claims.email };
      // A value that is not well-formed Unicode counts as absent.
      for (const [name, value] of Object.entries(values))
        expect([name, decodeURIComponent(String(line?.[name] ?? ""))]).toEqual([
          name,
          /\p{Cs}/u.test(value) ? "" : value,
        ]);
    }),
    requests.parameters,
  );
  for (const count of [seen.allow, seen.error, seen.unauthorized]) expect(count).toBeGreaterThan(5);
});
