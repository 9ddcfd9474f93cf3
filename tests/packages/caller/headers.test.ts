import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeValue } from "../../../core/policy/context.ts";
import { CALLER_HEADERS, headerSpellings } from "../../../core/policy-files/openapi/integrations.ts";
import {
  MissingCallerError,
  type RequestHeaders,
  readCallerFromHeaders,
} from "../../../packages/caller/main.ts";

const SENT = { "x-tenant-id": "acme", "x-user-id": "ann%C3%A4", "x-roles": "editor,viewer" };
const CALLER = { tenantId: "acme", userId: "annä", roles: ["editor", "viewer"] };
/** As Node's `headersDistinct` has them. */
const distinct = (headers: Readonly<Record<string, string>>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
const without = (name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(SENT).filter(([key]) => key !== name));

function refused(headers: RequestHeaders, message: string): void {
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
    ["names in any case", { "X-Tenant-Id": "acme", "X-USER-ID": "ann%C3%A4", "x-Roles": "editor,viewer" }],
    ["headers beside ours", { ...SENT, host: "a", "set-cookie": ["a", "b"], "x-absent": undefined }],
  ])("reads %s", (_, headers) => {
    expect(readCallerFromHeaders(headers)).toEqual(CALLER);
  });

  it("takes every spelling that API Gateway sends beside ours, with the same value", () => {
    const values: Record<string, string> = { tenantId: "acme", userId: "ann%C3%A4", roles: "editor,viewer" };
    const all = Object.entries(CALLER_HEADERS).flatMap(([header, key]) =>
      headerSpellings(header).map((name) => [name.toLowerCase(), values[key] ?? ""] as const),
    );
    expect(all).toHaveLength(10);
    expect(readCallerFromHeaders(distinct(Object.fromEntries(all)))).toEqual(CALLER);
  });

  describe.each(["X-Tenant-Id", "X-User-Id", "X-Roles"])("refuses a request whose %s", (header) => {
    const name = header.toLowerCase();

    it("is missing or empty", () => {
      refused(without(name), `The request has no ${header}: it did not come through API Gateway`);
      refused({ ...SENT, [name]: [] }, `The request has no ${header}`);
      refused({ ...SENT, [name]: undefined }, `The request has no ${header}`);
      refused({ ...SENT, [name]: "" }, `an ${header} that is not percent-encoded text`);
    });

    it("stands there with _ alone", () => {
      refused({ ...without(name), [name.replaceAll("-", "_")]: "acme" }, `The request has no ${header}`);
    });

    it("stands there twice, also with the same value", () => {
      const value = SENT[name as keyof typeof SENT];
      refused({ ...distinct(SENT), [name]: [value, value] }, `The request has ${header} twice`);
      refused({ ...SENT, [header]: value }, `The request has ${header} twice`);
      refused([...Object.entries(SENT), [name, "other"]], `The request has ${header} twice`);
    });

    it("was joined of two by the server", () => {
      const value = SENT[name as keyof typeof SENT];
      expect(() => readCallerFromHeaders({ ...SENT, [name]: `${value}, ${value}` })).toThrow(
        MissingCallerError,
      );
      const headers = new Headers(SENT);
      headers.append(name, "other");
      expect(() => readCallerFromHeaders(headers)).toThrow(MissingCallerError);
    });

    it.each(headerSpellings(header).filter((twin) => twin !== header))(
      "has a twin %s that says more",
      (twin) => {
        refused(
          { ...SENT, [twin.toLowerCase()]: "evil" },
          `The request has another ${header}, spelled with "_"`,
        );
        refused({ ...SENT, [twin.toUpperCase()]: ["evil"] }, `The request has another ${header}`);
      },
    );

    it("is a public route's", () => {
      refused({ ...SENT, [name]: "-" }, `The request has "-" for ${header}: its route is public`);
    });

    it.each(["50%", "%E0%A4%A", "%C0%AF", "a\nb", "ä", "a\u0000"])("is not as we encode: %j", (value) => {
      refused(
        { ...SENT, [name]: value },
        `an ${header} that is not percent-encoded text: it is not Portcullis'`,
      );
    });
  });

  it.each([",", "a,,b", "a,b,a", "a, b", "a b"])("refuses roles like %j", (roles) => {
    refused(distinct({ ...SENT, "x-roles": roles }), "X-Roles that are not the names of roles, each once");
  });

  it("tells who sends a comma where commas cannot be told from two headers what to hand over", () => {
    const user = { ...SENT, "x-user-id": "CN=ann,OU=x" };
    refused(user, "hand over request.headersDistinct");
    expect(readCallerFromHeaders(distinct(user)).userId).toBe("CN=ann,OU=x");
  });

  it("never says a value", () => {
    expect(() => readCallerFromHeaders({ ...SENT, "x-user-id": "secret%" })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") as string }),
    );
  });

  it("does not read a tenant from a prototype", () => {
    refused(
      Object.assign(Object.create({ "x-tenant-id": "acme" }) as object, without("x-tenant-id")),
      "no X-Tenant-Id",
    );
  });

  it("gives back what the authorizer encoded, whatever characters it has", () => {
    const text = fc
      .string({ unit: "binary", minLength: 1 })
      .filter((value) => value.isWellFormed() && value !== "-");
    fc.assert(
      fc.property(text, text, (tenantId, userId) => {
        const headers = {
          "x-tenant-id": encodeValue(tenantId),
          "x-user-id": encodeValue(userId),
          "x-roles": "a",
        };
        expect(readCallerFromHeaders(distinct(headers))).toEqual({ tenantId, userId, roles: ["a"] });
      }),
    );
  });
});
