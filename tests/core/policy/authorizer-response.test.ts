import { describe, expect, it } from "vitest";
import { respondTo } from "../../../core/decision/authorize.ts";
import { supposedCaller } from "../../../core/decision/caller.ts";
import type { Permissions } from "../../../core/decision/permissions.ts";
import type { ResolvedRoute } from "../../../core/decision/resolve-route.ts";
import { issuerName, roleName, subject, tenantId } from "../../../core/model/ids.ts";
import { findRoute, type Layout } from "../../../core/model/layout.ts";
import { parseMethodArn } from "../../../core/model/method-arn.ts";
import { allow, deny } from "../../../core/policy/authorizer-response.ts";
import { BASE_ARN, layoutOf, route } from "../../support/api.ts";
import { catalogueOf, ISSUER, PLAN, ROLE, tenantOf } from "../../support/items.ts";

const DOCUMENTS = route("GET /documents");
const USER = route("PATCH /users/{userId}");
const LAYOUT = layoutOf([DOCUMENTS, USER, route("GET /reports")]);

function resolve(key: string, path: string, layout: Layout = LAYOUT): ResolvedRoute {
  const found = findRoute(layout, key);
  if (found === undefined) throw new Error(`no route ${key}`);
  return { ...found, arn: parseMethodArn(`${BASE_ARN}/${key.split(" ")[0]}${path}`) };
}
const RESOLVED = resolve("GET /documents", "/documents");
const permissions = (who: Partial<Parameters<typeof supposedCaller>[0]> = {}): Permissions => ({
  caller: supposedCaller({ tenant: "acme", subject: "ann", issuer: "main", ...who }),
  roles: [roleName("viewer")],
  plan: "team",
  actor: null,
  ownsSubject: true,
  grants: new Map(),
  version: "0123456789ab",
});
const DENY_ALL = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "execute-api:Invoke", Resource: [`${BASE_ARN}/*`] }],
};

describe("a response that allows", () => {
  it("has the subject, the policy, the context and a log line", () => {
    expect(
      allow(RESOLVED, { granted: [{ route: DOCUMENTS, alternatives: [{}] }] }, permissions(), LAYOUT),
    ).toEqual({
      response: {
        principalId: "ann",
        policyDocument: {
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: "execute-api:Invoke", Resource: [`${BASE_ARN}/GET/documents`] },
            { Effect: "Deny", Action: "execute-api:Invoke", Resource: [`${BASE_ARN}/*//*`] },
          ],
        },
        context: {
          userId: "ann",
          tenantId: "acme",
          roles: "viewer",
          plan: "team",
          issuer: "main",
          actor: "-",
          delegate: "-",
          omitted: "-",
          policyVersion: "0123456789ab",
          group: "all",
          reason: "route_not_granted",
        },
      },
      log: {
        outcome: "allow",
        userId: "ann",
        tenantId: "acme",
        roles: ["viewer"],
        plan: "team",
        issuer: "main",
        policyVersion: "0123456789ab",
        route: "GET /documents",
        group: "all",
        policyBytes: expect.any(Number),
      },
    });
  });

  it("becomes a denial if the context does not fit, because a context is never truncated", () => {
    const { response, log } = allow(
      RESOLVED,
      { granted: [{ route: DOCUMENTS, alternatives: [{}] }] },
      permissions({ claims: { long: "x".repeat(1_000) } }),
      LAYOUT,
    );
    expect(response.policyDocument).toEqual(DENY_ALL);
    expect(response.context).toMatchObject({ reason: "context_too_large", userId: "ann", tenantId: "acme" });
    expect(log).toMatchObject({ outcome: "deny", reason: "context_too_large", contextBytes: 1_206 });
    expect(log["contextKeys"]).toEqual(expect.arrayContaining(["long 1009", "roles 16"]));
  });

  it("leaves out the scopes if the context does not fit with them, and the log names them", () => {
    const scopes = Array.from({ length: 60 }, (_, index) => `documents:write:${index}`);
    const { response, log } = allow(
      RESOLVED,
      { granted: [{ route: DOCUMENTS, alternatives: [{}] }] },
      permissions({ scopes }),
      LAYOUT,
    );
    expect(response.policyDocument.Statement[0]?.Effect).toBe("Allow");
    expect(response.context).toMatchObject({ userId: "ann", omitted: "scopes" });
    expect(response.context).not.toHaveProperty("scopes");
    expect(log).toMatchObject({ outcome: "allow", omitted: "scopes" });
  });

  it("becomes a denial if the subject does not fit into the principal, which is never truncated", () => {
    const { response } = allow(
      RESOLVED,
      { granted: [{ route: DOCUMENTS, alternatives: [{}] }] },
      permissions({ subject: "x".repeat(257) }),
      LAYOUT,
    );
    expect(response).toMatchObject({
      principalId: "unknown",
      policyDocument: DENY_ALL,
      context: { reason: "context_too_large" },
    });
  });

  it("over 8,192 bytes is our own failure, neither Allow nor Deny", () => {
    const routes = Array.from({ length: 120 }, (_, index) =>
      route(`GET /a/long/enough/path/to/fill/the/policy/${index}/{x}`),
    );
    const layout = layoutOf(routes, { mode: "token" });
    const resolved = resolve(routes[0]?.key ?? "", "/a/long/enough/path/to/fill/the/policy/0/1", layout);
    const granted = routes.slice(1).map((one) => ({ route: one, alternatives: [{}] }));
    expect(() => allow(resolved, { granted }, permissions(), layout)).toThrow(
      expect.objectContaining({
        name: "InternalError",
        code: "policy_too_large",
        message: expect.stringMatching(/^The response for group all takes \d+ bytes, but the limit is 8192$/),
      }),
    );
  });

  it("becomes a denial if bound values make every resource longer than 512 characters", () => {
    const long = route("GET /a/{w}/{x}/{y}/{z}");
    const layout = layoutOf([long, DOCUMENTS]);
    const value = "x".repeat(128);
    const decision = {
      granted: [{ route: long, alternatives: [{ w: value, x: value, y: value, z: value }] }],
    };
    const { response } = allow(
      resolve("GET /a/{w}/{x}/{y}/{z}", "/a/1/2/3/4", layout),
      decision,
      permissions(),
      layout,
    );
    expect(response).toMatchObject({
      policyDocument: DENY_ALL,
      context: { reason: "binding_not_expressible" },
    });
  });
});

describe("a response that denies", () => {
  it("denies everything explicitly, with the reason and the caller", () => {
    const denial = {
      reason: "tenant_suspended",
      subject: subject("ann"),
      tenant: tenantId("acme"),
      issuer: issuerName("main"),
    } as const;
    expect(deny(RESOLVED, denial)).toEqual({
      response: {
        principalId: "ann",
        policyDocument: DENY_ALL,
        context: {
          userId: "ann",
          tenantId: "acme",
          issuer: "main",
          group: "all",
          reason: "tenant_suspended",
        },
      },
      log: {
        outcome: "deny",
        reason: "tenant_suspended",
        userId: "ann",
        tenantId: "acme",
        issuer: "main",
        route: "GET /documents",
        group: "all",
        policyBytes: expect.any(Number),
      },
    });
  });

  it("has a principal, which API Gateway requires, even if the caller is not known", () => {
    expect(deny(RESOLVED, { reason: "no_tenant" }).response.principalId).toBe("unknown");
  });
});

describe("respondTo", () => {
  const stored = {
    catalogue: catalogueOf(ISSUER, ROLE, PLAN),
    tenant: tenantOf({ issuers: undefined, changes: undefined }),
    membershipState: null,
  };
  const respond = (key: string, path: string, who = {}) =>
    respondTo(
      resolve(key, path),
      supposedCaller({ tenant: "acme", subject: "ann", roles: ["viewer"], ...who }),
      stored,
      LAYOUT,
    );

  it("allows only the granted route, bound to the caller", () => {
    expect(respond("PATCH /users/{userId}", "/users/bob").response.policyDocument.Statement[0]).toMatchObject(
      {
        Effect: "Allow",
        Resource: [`${BASE_ARN}/PATCH/users/ann`],
      },
    );
  });

  it.each<[reason: string, who: object]>([
    ["no_role", { roles: ["nobody"] }],
    ["unknown_tenant", { tenant: "globex" }],
    ["binding_not_expressible", { subject: "a b" }],
  ])("denies with the reason %s", (reason, who) => {
    const { response } = respond("PATCH /users/{userId}", "/users/ann", who);
    expect(response.policyDocument).toEqual(DENY_ALL);
    expect(response.context["reason"]).toBe(reason);
  });

  it("names the version of the permissions in a denial", () => {
    expect(
      respond("PATCH /users/{userId}", "/users/ann", { subject: "a b" }).response.context["policyVersion"],
    ).toMatch(/^[0-9a-f]{12}$/);
  });
});
