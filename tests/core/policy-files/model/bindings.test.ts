import { describe, expect, it } from "vitest";
import {
  API,
  BASE,
  type FileTexts,
  grantsOfRole,
  load,
  loadWith,
  problemLines,
} from "../../../support/policy-files.ts";

const ISSUERS = "main: { preset: generic, tenants: '*', pass: [dept] }\n";

/** An API whose `{orgId}` is bound to the tenant, except in one route that opts out. */
const BOUND: FileTexts = {
  "api.yaml": `openapi: 3.0.3
info: { title: Bound, version: "1" }
x-portcullis: { backends: { docs: lambda }, bind: { orgId: tenant } }
paths:
  /orgs/{orgId}/users/{userId}:
    get: { x-portcullis: { backend: docs } }
    put: { x-portcullis: { backend: docs, bind: none } }
`,
  "roles/viewer.yaml": "description: Nobody\n",
};
const boundGrants = (role: string, files: FileTexts = {}): unknown =>
  grantsOfRole(role, { ...BOUND, ...files });

describe("where", () => {
  it("binds a parameter to subject, tenant or a forwarded claim", () => {
    const role = `allow:
  - { route: "GET /users/{userId}", where: { userId: subject } }
  - { route: "GET /documents/{documentId}", where: { documentId: tenant } }
  - { route: "GET /invoices/*", where: { invoiceId: claim.dept } }
  - { route: "GET /files/**", where: { proxy: subject } }
`;
    expect(grantsOfRole(role, { "issuers.yaml": ISSUERS })).toEqual([
      "GET /documents/{documentId} where documentId=tenant",
      "GET /files/{proxy+} where proxy=subject",
      "GET /invoices/{invoiceId} where invoiceId=claim.dept",
      "GET /users/{userId} where userId=subject",
    ]);
  });

  it("of several allows are alternatives, and an allow without where removes the condition", () => {
    const both =
      "allow:\n  - { route: users.read, where: { userId: subject } }\n  - { route: users.read, where: { userId: tenant } }\n";
    expect(grantsOfRole(both)).toEqual([
      "GET /users/{userId} where userId=subject",
      "GET /users/{userId} where userId=tenant",
    ]);
    expect(grantsOfRole(`${both}  - users.read\n`)).toEqual(["GET /users/{userId}"]);
  });

  it("without a parameter is no condition", () => {
    expect(grantsOfRole("allow: [{ route: users.read, where: {} }, { route: users.write }]\n")).toEqual([
      "GET /users/{userId}",
      "PATCH /users/{userId}",
    ]);
  });

  it("must name parameters of every route matched", () => {
    const role =
      "allow:\n  - route: GET /**\n    where: { userId: subject }\n  - route: users.read\n    where: { userid: subject }\n";
    expect(problemLines(loadWith({ "roles/tested.yaml": role }))).toEqual([
      "roles/tested.yaml:3:14: where: GET /documents has no parameter {userId}",
      'roles/tested.yaml:5:14: where: GET /users/{userId} has no parameter {userid}; did you mean "userId"?',
    ]);
  });

  it("must name a claim that an issuer forwards", () => {
    const files = { "roles/tested.yaml": "allow: [{ route: users.read, where: { userId: claim.dpt } }]\n" };
    const problem =
      'roles/tested.yaml:1:47: where: no issuer forwards the claim "dpt" (see pass in policies/issuers.yaml)';
    expect(problemLines(loadWith(files))).toEqual([problem]);
    expect(problemLines(loadWith({ ...files, "issuers.yaml": ISSUERS }))).toEqual([
      `${problem}; did you mean "dept"?`,
    ]);
  });

  it("accepts no other source", () => {
    const role = "allow: [{ route: users.read, where: { userId: subjekt } }]\n";
    expect(problemLines(loadWith({ "roles/tested.yaml": role }))).toEqual([
      'roles/tested.yaml:1:47: allow[1].where.userId: expected subject, tenant or claim.<name>, found "subjekt"',
    ]);
  });

  it("binds a parameter whose name is a member of every object", () => {
    const api = API.replace("/invoices/{invoiceId}", "/invoices/{constructor}");
    const role = "allow: [{ route: invoices.read, where: { constructor: subject } }]\n";
    expect(grantsOfRole(role, { "api.yaml": api })).toEqual([
      "GET /invoices/{constructor} where constructor=subject",
    ]);
  });
});

describe("the root's bind", () => {
  it("holds for every role and every route with the parameter, unless bind: none opts out", () => {
    expect(boundGrants('allow: ["ANY /**"]\n')).toEqual([
      "GET /orgs/{orgId}/users/{userId} where orgId=tenant",
      "PUT /orgs/{orgId}/users/{userId}",
    ]);
  });

  it("holds in addition to a role's own where, on another parameter and on the same", () => {
    const role = 'allow: [{ route: "GET /orgs/**", where: { userId: subject } }]\n';
    expect(boundGrants(role)).toEqual([
      "GET /orgs/{orgId}/users/{userId} where orgId=tenant and userId=subject",
    ]);
    const same = 'allow: [{ route: "GET /orgs/**", where: { orgId: subject } }]\n';
    expect(boundGrants(same)).toEqual([
      "GET /orgs/{orgId}/users/{userId} where orgId=subject and orgId=tenant",
    ]);
  });

  it("must name a parameter that a route has", () => {
    const api = String(BOUND["api.yaml"])
      .replace("{ orgId: tenant }", "{ orgid: tenant }")
      .replace(", bind: none", "");
    expect(problemLines(load({ ...BASE, ...BOUND, "api.yaml": api }))).toEqual([
      'api.yaml:3:53: bind: no route has a parameter {orgid}; did you mean "orgId"?',
    ]);
  });

  it("must name a claim that an issuer forwards", () => {
    const api = String(BOUND["api.yaml"]).replace("orgId: tenant", "orgId: claim.org");
    expect(problemLines(load({ ...BASE, ...BOUND, "api.yaml": api }))).toEqual([
      'api.yaml:3:60: bind: no issuer forwards the claim "org" (see pass in policies/issuers.yaml)',
    ]);
  });

  it("does not allow bind: none on a route that it does not affect", () => {
    const api = API.replace("permission: users.read", "permission: users.read, bind: none");
    expect(problemLines(loadWith({ "api.yaml": api }))).toEqual([
      "api.yaml:20:67: GET /users/{userId}: bind: none has no effect, because the root's bind names none of its parameters: remove it",
    ]);
  });
});
