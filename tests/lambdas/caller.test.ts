import type { APIGatewayProxyEvent } from "aws-lambda";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { supposedCaller } from "../../core/caller.ts";
import { contextOf } from "../../core/context.ts";
import { roleName } from "../../core/ids.ts";
import { MissingCallerError, readCaller } from "../../lambdas/caller/index.ts";

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
        const context = contextOf(
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
