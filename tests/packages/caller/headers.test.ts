import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeValue } from "../../../core/policy/context.ts";
import { CALLER_HEADERS, headerSpellings } from "../../../core/policy-files/openapi/integrations.ts";
import {
  MissingCallerError,
  type RequestHeaders,
  readCallerFromHeaders,
} from "../../../packages/caller/main.ts";

const SENT = {
  "x-tenant-id": "acme",
  "x-user-id": "ann%C3%A4",
  "x-roles": "editor,viewer",
  "x-issuer": "main",
  "x-actor": "-",
  "x-delegate": "-",
  "x-omitted": "-",
};
const CALLER = {
  tenantId: "acme",
  userId: "annä",
  roles: ["editor", "viewer"],
  issuer: "main",
  actor: null,
  delegate: null,
  omitted: [],
};
/** Returns headers in the form of Node's `headersDistinct`. */
const distinct = (headers: Readonly<Record<string, string>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
const without = (name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(SENT).filter(([key]) => key !== name));

function expectRejected(headers: RequestHeaders, message: string): void {
  const attempt = () => readCallerFromHeaders(headers);
  expect(attempt).toThrow(MissingCallerError);
  expect(attempt).toThrow(expect.objectContaining({ code: "caller_missing" }));
  expect(attempt).toThrow(message);
}

describe("readCallerFromHeaders", () => {
  it.each<[title: string, headers: RequestHeaders]>([
    ["Node's headersDistinct", distinct(SENT)],
    ["Node's headers", SENT],
    ["the Headers of fetch", new Headers(SENT)],
    ["pairs", Object.entries(SENT)],
    [
      "names in any case",
      Object.fromEntries(Object.entries(SENT).map(([name, value]) => [name.toUpperCase(), value])),
    ],
    ["other headers too", { ...SENT, host: "a", "set-cookie": ["a", "b"], "x-absent": undefined }],
  ])("reads %s", (_, headers) => {
    expect(readCallerFromHeaders(headers)).toEqual(CALLER);
  });

  it("accepts every spelling that API Gateway sends, with the same value", () => {
    const values: Readonly<Record<string, string>> = SENT;
    const all = Object.keys(CALLER_HEADERS).flatMap((header) =>
      headerSpellings(header).map(
        (name) => [name.toLowerCase(), values[header.toLowerCase()] ?? ""] as const,
      ),
    );
    expect(all).toHaveLength(18);
    expect(readCallerFromHeaders(distinct(Object.fromEntries(all)))).toEqual(CALLER);
  });

  describe.each(Object.keys(CALLER_HEADERS))("rejects a request whose %s", (header) => {
    const name = header.toLowerCase();

    it("is missing or empty", () => {
      expectRejected(without(name), `The request has no ${header}: it did not come through API Gateway`);
      expectRejected({ ...SENT, [name]: [] }, `The request has no ${header}`);
      expectRejected({ ...SENT, [name]: undefined }, `The request has no ${header}`);
      expectRejected({ ...SENT, [name]: "" }, `an ${header} that is not percent-encoded`);
    });

    it("is spelled with _ only", () => {
      expectRejected(
        { ...without(name), [name.replaceAll("-", "_")]: "acme" },
        `The request has no ${header}`,
      );
    });

    it("was sent twice, even with the same value", () => {
      const value = SENT[name as keyof typeof SENT];
      expectRejected({ ...distinct(SENT), [name]: [value, value] }, `The request has ${header} twice`);
      expectRejected({ ...SENT, [header]: value }, `The request has ${header} twice`);
      expectRejected([...Object.entries(SENT), [name, "other"]], `The request has ${header} twice`);
    });

    it("was joined from two by the server", () => {
      const value = SENT[name as keyof typeof SENT];
      expect(() => readCallerFromHeaders({ ...SENT, [name]: `${value}, ${value}` })).toThrow(
        MissingCallerError,
      );
      const headers = new Headers(SENT);
      headers.append(name, "other");
      expect(() => readCallerFromHeaders(headers)).toThrow(MissingCallerError);
    });

    it.each(headerSpellings(header).filter((spelling) => spelling !== header))(
      "has another spelling %s with another value",
      (spelling) => {
        expectRejected(
          { ...SENT, [spelling.toLowerCase()]: "evil" },
          `The request has another ${header}, spelled with "_"`,
        );
        expectRejected({ ...SENT, [spelling.toUpperCase()]: ["evil"] }, `The request has another ${header}`);
      },
    );

    it.each(["50%", "%E0%A4%A", "%C0%AF", "a\nb", "ä", "a\u0000"])("is not percent-encoded: %j", (value) => {
      expectRejected(
        { ...SENT, [name]: value },
        `an ${header} that is not percent-encoded: Portcullis did not write it`,
      );
    });
  });

  it("throws for roles that were left out, and only when they are read", () => {
    const caller = readCallerFromHeaders({ ...SENT, "x-roles": "-", "x-omitted": "scopes,dept,roles" });
    expect(caller).toMatchObject({ tenantId: "acme", omitted: ["scopes", "dept", "roles"] });
    expect(JSON.parse(JSON.stringify(caller))).not.toHaveProperty("roles");
    expect(() => caller.roles).toThrow(expect.objectContaining({ code: "caller_omitted" }));
    expectRejected({ ...SENT, "x-roles": "-" }, 'The request has "-" as X-Roles');
    expectRejected({ ...SENT, "x-omitted": "scopes, roles" }, "an X-Omitted that is no list of keys");
  });

  it.each(
    Object.keys(CALLER_HEADERS).filter((header) => !["X-Actor", "X-Delegate", "X-Omitted"].includes(header)),
  )("rejects a request whose %s is that of a public route", (header) => {
    expectRejected(
      { ...SENT, [header.toLowerCase()]: "-" },
      `The request has "-" as ${header}: its route is public and has no caller`,
    );
  });

  it("reads the delegate, and rejects one without an issuer or a subject", () => {
    const through = (value: string) => readCallerFromHeaders({ ...SENT, "x-delegate": value }).delegate;
    expect(through("main agent 7")).toEqual({ issuer: "main", subject: "agent 7" });
    expect(through("https://a.example -%20")).toEqual({ issuer: "https://a.example", subject: "- " });
    for (const value of ["main", " main", "main "]) expect(() => through(value)).toThrow(MissingCallerError);
  });

  it("reads the actor of staff", () => {
    expect(readCallerFromHeaders({ ...SENT, "x-actor": "eve" })).toEqual({ ...CALLER, actor: "eve" });
    expect(readCallerFromHeaders({ ...SENT, "x-actor": "%2D" })).toEqual({ ...CALLER, actor: "-" });
  });

  it.each([",", "a,,b", "a,b,a", "a, b", "a b"])("rejects roles such as %j", (roles) => {
    expectRejected(distinct({ ...SENT, "x-roles": roles }), "X-Roles with invalid or duplicate role names");
  });

  it("rejects a comma in joined headers, and names the headers to pass", () => {
    const user = { ...SENT, "x-user-id": "CN=ann,OU=x" };
    expectRejected(user, "pass request.headersDistinct");
    expect(readCallerFromHeaders(distinct(user)).userId).toBe("CN=ann,OU=x");
  });

  it("has no value in a message", () => {
    expect(() => readCallerFromHeaders({ ...SENT, "x-user-id": "secret%" })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") as string }),
    );
  });

  it("does not read a tenant from a prototype", () => {
    expectRejected(
      Object.assign(Object.create({ "x-tenant-id": "acme" }) as object, without("x-tenant-id")),
      "no X-Tenant-Id",
    );
  });

  it("returns what the authorizer encoded, whatever its characters", () => {
    const anyString = fc.oneof(
      fc.constantFrom("-", " ", " a ", "a, b", "\t"),
      fc.string({ unit: "binary", minLength: 1 }).filter((value) => value.isWellFormed()),
    );
    fc.assert(
      fc.property(anyString, anyString, anyString, (tenantId, userId, actor) => {
        const headers = {
          ...SENT,
          "x-tenant-id": encodeValue(tenantId),
          "x-user-id": encodeValue(userId),
          "x-actor": encodeValue(actor),
        };
        expect(readCallerFromHeaders(distinct(headers))).toEqual({ ...CALLER, tenantId, userId, actor });
      }),
    );
  });
});
