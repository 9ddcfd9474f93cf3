import type { APIGatewayProxyEvent } from "aws-lambda";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { supposedCaller } from "../../../core/decision/caller.ts";
import { roleName } from "../../../core/model/ids.ts";
import { createContext } from "../../../core/policy/context.ts";
import { MissingCallerError, OmittedError, readCaller } from "../../../packages/caller/index.ts";

const CONTEXT = {
  userId: "ann",
  tenantId: "acme",
  roles: "editor,viewer",
  plan: "team",
  scopes: "a b",
  issuer: "main",
  tokenId: "t1",
  policyVersion: "0123456789ab",
  reason: "route_not_granted",
  principalId: "ann",
  integrationLatency: "12",
  dept: "Forschung %26 Entwicklung",
};
const read = (authorizer: Readonly<Record<string, unknown>> | null | undefined) =>
  readCaller({ requestContext: { authorizer } });
const without = (...keys: string[]) =>
  Object.fromEntries(Object.entries(CONTEXT).filter(([key]) => !keys.includes(key)));

function expectRejected(attempt: () => unknown, message: string): void {
  expect(attempt).toThrow(MissingCallerError);
  expect(attempt).toThrow(expect.objectContaining({ code: "caller_missing", message }));
}

describe("readCaller with an HTTP API's event", () => {
  it("finds the context under lambda", () => {
    const { principalId: _, integrationLatency: __, ...context } = CONTEXT;
    expect(read({ lambda: context })).toEqual(read(context));
  });

  it("rejects two contexts, an empty one, and API Gateway's own claims", () => {
    expectRejected(
      () => read({ ...CONTEXT, lambda: CONTEXT }),
      "The event has two authorizer contexts: it is not from API Gateway",
    );
    for (const authorizer of [
      { lambda: null },
      { lambda: {} },
      { jwt: { claims: { sub: "ann" }, scopes: null } },
    ])
      expectRejected(
        () => read(authorizer),
        "The authorizer's context has no userId: Portcullis did not write it",
      );
  });
});

describe("readCaller", () => {
  it("returns what the authorizer wrote about the caller, with forwarded claims apart", () => {
    expect(read(CONTEXT)).toEqual({
      userId: "ann",
      tenantId: "acme",
      roles: ["editor", "viewer"],
      actor: null,
      delegate: null,
      plan: "team",
      scopes: ["a", "b"],
      issuer: "main",
      tokenId: "t1",
      policyVersion: "0123456789ab",
      correlationId: null,
      claims: { dept: "Forschung & Entwicklung" },
      omitted: [],
    });
  });

  it("throws for what was left out, and only when it is read", () => {
    const caller = read({ ...without("scopes", "dept"), roles: "-", omitted: "scopes,dept,roles" });
    expect(caller.omitted).toEqual(["scopes", "dept", "roles"]);
    for (const one of [() => caller.roles, () => caller.scopes, () => caller.claims["dept"]]) {
      expect(one).toThrow(OmittedError);
      expect(one).toThrow(expect.objectContaining({ code: "caller_omitted" }));
    }
    expect(JSON.parse(JSON.stringify({ ...caller }))).toMatchObject({ tenantId: "acme", claims: {} });
    expect(read({ ...CONTEXT, omitted: "-" })).toEqual(read(CONTEXT));
  });

  it("returns null or an empty value for what the authorizer left out", () => {
    expect(read(without("plan", "scopes", "tokenId", "dept"))).toMatchObject({
      plan: null,
      scopes: [],
      tokenId: null,
      claims: {},
    });
  });

  it("accepts an event of @types/aws-lambda", () => {
    const event = { requestContext: { authorizer: CONTEXT } } as unknown as APIGatewayProxyEvent;
    expect(readCaller(event).tenantId).toBe("acme");
  });

  it("rejects an event without the authorizer's context", () => {
    const message =
      "The event has no authorizer context: the route has no authorizer, or the event is not from API Gateway";
    expectRejected(() => read(undefined), message);
    expectRejected(() => read(null), message);
    expectRejected(() => readCaller({} as Parameters<typeof readCaller>[0]), message);
  });

  it.each(["userId", "tenantId", "roles", "issuer", "policyVersion"])(
    "rejects a context without %s, because nothing has a default",
    (key) => {
      const message = `The authorizer's context has no ${key}: Portcullis did not write it`;
      expectRejected(() => read(without(key)), message);
      expectRejected(() => read({ ...CONTEXT, [key]: "" }), message);
    },
  );

  it.each(["userId", "tenantId", "roles", "dept"])(
    "rejects another authorizer's context, whose %s is not a string or not percent-encoded",
    (key) => {
      expectRejected(
        () => read({ ...CONTEXT, [key]: 5 }),
        `The authorizer's context has a ${key} that is not a string: Portcullis did not write it`,
      );
      expectRejected(
        () => read({ ...CONTEXT, [key]: "50%" }),
        `The authorizer's context has a ${key} that is not percent-encoded: Portcullis did not write it`,
      );
    },
  );

  const CLAIMS = { sub: "ann", "cognito:groups": "admin", "custom:tenant": "acme" };
  it.each<[title: string, context: Readonly<Record<string, unknown>>, message: string]>([
    ["of another Lambda authorizer", { principalId: "ann", sub: "ann", tenant: "acme" }, "has no userId"],
    ["of a Cognito authorizer", { claims: CLAIMS }, "has the key claims"],
    ["of ours with a Cognito authorizer's claims", { ...CONTEXT, claims: CLAIMS }, "has the key claims"],
    [
      "of ours with such claims as a string",
      { ...CONTEXT, claims: JSON.stringify(CLAIMS) },
      "has the key claims",
    ],
    ["of an HTTP API's JWT authorizer", { jwt: { claims: CLAIMS, scopes: null } }, "has no userId"],
    ["that is a list", [CONTEXT] as unknown as Readonly<Record<string, unknown>>, "has no userId"],
    ["with a nested tenant", { ...CONTEXT, tenantId: { id: "acme" } }, "has a tenantId that is not a string"],
    ["with a list of roles", { ...CONTEXT, roles: ["viewer"] }, "has a roles that is not a string"],
    ["with a boolean", { ...CONTEXT, tenantId: true }, "has a tenantId that is not a string"],
    ["with null", { ...CONTEXT, plan: null }, "has a plan that is not a string"],
    ["with a String object", { ...CONTEXT, userId: new String("ann") }, "has a userId that is not a string"],
    ["with a nested claim", { ...CONTEXT, dept: { name: "x" } }, "has a dept that is not a string"],
    [
      "with an incomplete UTF-8 sequence",
      { ...CONTEXT, userId: "%E0%A4%A" },
      "has a userId that is not percent-encoded",
    ],
    ["with overlong UTF-8", { ...CONTEXT, tenantId: "%C0%AF" }, "has a tenantId that is not percent-encoded"],
    [
      "with a raw control character",
      { ...CONTEXT, tenantId: "acme\n" },
      "has a tenantId that is not percent",
    ],
    [
      "with a raw character that is not ASCII",
      { ...CONTEXT, userId: "ä" },
      "has a userId that is not percent-encoded",
    ],
    ["with an empty role", { ...CONTEXT, roles: "admin," }, "has empty or duplicate roles"],
    ["with nothing but commas", { ...CONTEXT, roles: "," }, "has empty or duplicate roles"],
    ["with a role twice", { ...CONTEXT, roles: "a,b,a" }, "has empty or duplicate roles"],
  ])("rejects a context %s", (_, context, message) => {
    expect(() => read(context)).toThrow(MissingCallerError);
    expect(() => read(context)).toThrow(`The authorizer's context ${message}`);
  });

  it("reads a claim with the name of a prototype's member like any other", () => {
    const json = JSON.stringify({ ...CONTEXT, constructor: "c" }).replace("{", '{"__proto__":"p",');
    const { claims } = read(JSON.parse(json) as Record<string, unknown>);
    expect(Object.entries(claims)).toEqual(
      expect.arrayContaining([
        ["__proto__", "p"],
        ["constructor", "c"],
      ]),
    );
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
  });

  it("does not read a tenant from a prototype", () => {
    expectRejected(
      () => read(Object.assign(Object.create({ tenantId: "acme" }) as object, without("tenantId"))),
      "The authorizer's context has no tenantId: Portcullis did not write it",
    );
  });

  it("returns what the core wrote into the context, whatever its characters", () => {
    const anyString = fc.string({ unit: "binary", minLength: 1 }).filter((value) => value.isWellFormed());
    fc.assert(
      fc.property(anyString, anyString, anyString, (subject, tenant, dept) => {
        const caller = supposedCaller({ tenant, subject, scopes: ["a"], issuer: "main", claims: { dept } });
        const context = createContext(
          {
            caller,
            roles: [roleName("editor"), roleName("viewer")],
            plan: null,
            actor: null,
            ownsSubject: true,
            grants: new Map(),
            version: "v",
          },
          "route_not_granted",
        );
        expect(read(context)).toMatchObject({
          userId: subject,
          tenantId: tenant,
          roles: ["editor", "viewer"],
          plan: null,
          scopes: ["a"],
          claims: { dept },
        });
      }),
    );
  });
});
