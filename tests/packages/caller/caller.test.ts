import type { APIGatewayProxyEvent } from "aws-lambda";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { supposedCaller } from "../../../core/decision/caller.ts";
import { roleName } from "../../../core/model/ids.ts";
import { createContext } from "../../../core/policy/context.ts";
import { MissingCallerError, readCaller } from "../../../packages/caller/index.ts";

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

function refused(attempt: () => unknown, message: string): void {
  expect(attempt).toThrow(MissingCallerError);
  expect(attempt).toThrow(expect.objectContaining({ code: "caller_missing", message }));
}

describe("readCaller of an HTTP API's event", () => {
  it("finds the same under lambda", () => {
    const { principalId: _, integrationLatency: __, ...context } = CONTEXT;
    expect(read({ lambda: context })).toEqual(read(context));
  });

  it("refuses one with two contexts, one with none, and API Gateway's own claims", () => {
    refused(
      () => read({ ...CONTEXT, lambda: CONTEXT }),
      "The event has two authorizer contexts: it is not API Gateway's",
    );
    for (const authorizer of [
      { lambda: null },
      { lambda: {} },
      { jwt: { claims: { sub: "ann" }, scopes: null } },
    ])
      refused(() => read(authorizer), "The authorizer's context has no userId: it is not Portcullis'");
  });
});

describe("readCaller", () => {
  it("gives what the authorizer says of the caller, and passed claims apart", () => {
    expect(read(CONTEXT)).toEqual({
      userId: "ann",
      tenantId: "acme",
      roles: ["editor", "viewer"],
      actor: null,
      plan: "team",
      scopes: ["a", "b"],
      issuer: "main",
      tokenId: "t1",
      policyVersion: "0123456789ab",
      correlationId: null,
      claims: { dept: "Forschung & Entwicklung" },
    });
  });

  it("says null or nothing where the authorizer left something out", () => {
    expect(read(without("plan", "scopes", "tokenId", "dept"))).toMatchObject({
      plan: null,
      scopes: [],
      tokenId: null,
      claims: {},
    });
  });

  it("takes an event of @types/aws-lambda", () => {
    const event = { requestContext: { authorizer: CONTEXT } } as unknown as APIGatewayProxyEvent;
    expect(readCaller(event).tenantId).toBe("acme");
  });

  it("refuses an event without the authorizer's context", () => {
    const message =
      "The event has no authorizer context: the route has no authorizer, or the event is not API Gateway's";
    refused(() => read(undefined), message);
    refused(() => read(null), message);
    refused(() => readCaller({} as Parameters<typeof readCaller>[0]), message);
  });

  it.each(["userId", "tenantId", "roles", "issuer", "policyVersion"])(
    "refuses a context without %s: nothing has a default",
    (key) => {
      const message = `The authorizer's context has no ${key}: it is not Portcullis'`;
      refused(() => read(without(key)), message);
      refused(() => read({ ...CONTEXT, [key]: "" }), message);
    },
  );

  it.each(["userId", "tenantId", "roles", "dept"])(
    "refuses another authorizer's context, whose %s is no text or not as ours writes it",
    (key) => {
      refused(
        () => read({ ...CONTEXT, [key]: 5 }),
        `The authorizer's context has a ${key} that is no text: it is not Portcullis'`,
      );
      refused(
        () => read({ ...CONTEXT, [key]: "50%" }),
        `The authorizer's context has a ${key} that is not percent-encoded text: it is not Portcullis'`,
      );
    },
  );

  const CLAIMS = { sub: "ann", "cognito:groups": "admin", "custom:tenant": "acme" };
  it.each<[title: string, context: Readonly<Record<string, unknown>>, message: string]>([
    ["of another Lambda authorizer", { principalId: "ann", sub: "ann", tenant: "acme" }, "has no userId"],
    ["of a Cognito authorizer", { claims: CLAIMS }, "has claims"],
    ["of ours with a Cognito authorizer's claims", { ...CONTEXT, claims: CLAIMS }, "has claims"],
    ["of ours with such claims as text", { ...CONTEXT, claims: JSON.stringify(CLAIMS) }, "has claims"],
    ["of an HTTP API's JWT authorizer", { jwt: { claims: CLAIMS, scopes: null } }, "has no userId"],
    ["that is a list", [CONTEXT] as unknown as Readonly<Record<string, unknown>>, "has no userId"],
    ["with a nested tenant", { ...CONTEXT, tenantId: { id: "acme" } }, "has a tenantId that is no text"],
    ["with a list of roles", { ...CONTEXT, roles: ["viewer"] }, "has a roles that is no text"],
    ["with a boolean", { ...CONTEXT, tenantId: true }, "has a tenantId that is no text"],
    ["with null", { ...CONTEXT, plan: null }, "has a plan that is no text"],
    ["with a text object", { ...CONTEXT, userId: new String("ann") }, "has a userId that is no text"],
    ["with a nested claim", { ...CONTEXT, dept: { name: "x" } }, "has a dept that is no text"],
    ["with half a sequence", { ...CONTEXT, userId: "%E0%A4%A" }, "has a userId that is not percent-encoded"],
    ["with overlong UTF-8", { ...CONTEXT, tenantId: "%C0%AF" }, "has a tenantId that is not percent-encoded"],
    [
      "with a raw control character",
      { ...CONTEXT, tenantId: "acme\n" },
      "has a tenantId that is not percent",
    ],
    ["with raw text beyond ASCII", { ...CONTEXT, userId: "ä" }, "has a userId that is not percent-encoded"],
    ["with an empty role", { ...CONTEXT, roles: "admin," }, "has roles that are empty or stand there twice"],
    ["with nothing but commas", { ...CONTEXT, roles: "," }, "has roles that are empty or stand there twice"],
    ["with a role twice", { ...CONTEXT, roles: "a,b,a" }, "has roles that are empty or stand there twice"],
  ])("refuses a context %s", (_, context, message) => {
    expect(() => read(context)).toThrow(MissingCallerError);
    expect(() => read(context)).toThrow(`The authorizer's context ${message}`);
  });

  it("takes what is named like a prototype's member for a claim like any other", () => {
    const text = JSON.stringify({ ...CONTEXT, constructor: "c" }).replace("{", '{"__proto__":"p",');
    const { claims } = read(JSON.parse(text) as Record<string, unknown>);
    expect(Object.entries(claims)).toEqual(
      expect.arrayContaining([
        ["__proto__", "p"],
        ["constructor", "c"],
      ]),
    );
    expect(Object.getPrototypeOf(claims)).toBe(Object.prototype);
  });

  it("does not read a tenant from a prototype", () => {
    refused(
      () => read(Object.assign(Object.create({ tenantId: "acme" }) as object, without("tenantId"))),
      "The authorizer's context has no tenantId: it is not Portcullis'",
    );
  });

  it("gives back what the core put into the context, whatever characters it has", () => {
    const text = fc.string({ unit: "binary", minLength: 1 }).filter((value) => value.isWellFormed());
    fc.assert(
      fc.property(text, text, text, (subject, tenant, dept) => {
        const caller = supposedCaller({ tenant, subject, scopes: ["a"], issuer: "main", claims: { dept } });
        const context = createContext(
          {
            caller,
            roles: [roleName("editor"), roleName("viewer")],
            plan: null,
            actor: null,
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
