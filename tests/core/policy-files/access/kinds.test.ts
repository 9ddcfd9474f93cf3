import { describe, expect, it } from "vitest";
import { tenantId } from "../../../../core/model/ids.ts";
import { accessKinds } from "../../../../core/policy-files/access/kinds.ts";
import { readItems } from "../../../../core/policy-files/compile/catalogue.ts";
import { permissionItems } from "../../../../core/policy-files/compile/permission-items.ts";
import { guardedRoutes } from "../../../../core/policy-files/model/operation.ts";
import { BASE, type FileTexts, policiesOf } from "../../../support/policy-files.ts";

const FILES: FileTexts = {
  ...BASE,
  "roles/viewer.yaml":
    "allow: [documents.read, documents.purge, users.read, { route: 'PATCH /users/{userId}', where: { userId: subject } }]\n",
  "roles/reader.yaml": "allow: [documents.read, files.read]\n",
  "plans.yaml": "free: { ceiling: ['ANY /documents/**', 'PATCH /users/**'], roles: [viewer] }\n",
  "tenants/acme.yaml": "plan: free\n",
};

/** `role ROUTE: kind` of one tenant. */
function kindsIn(files: FileTexts): Map<string, string> {
  const policies = policiesOf({ ...FILES, ...files });
  const { catalogue, tenants } = readItems(permissionItems(policies));
  const tenant = tenants.get(tenantId("acme"));
  if (tenant === undefined) throw new Error("There is no acme");
  const cells = accessKinds(catalogue, tenant, guardedRoutes(policies.api));
  return new Map(cells.map(({ role, route, kind }) => [`${role} ${route}`, kind]));
}

describe("the kinds of a tenant's cells", () => {
  const kinds = kindsIn({});

  it.each([
    ["viewer GET /documents", "allowed"],
    ["viewer DELETE /documents/{documentId}", "scope"],
    ["viewer PATCH /users/{userId}", "bound"],
    ["viewer GET /users/{userId}", "plan"],
    ["viewer GET /files/{proxy+}", "denied"],
    ["reader GET /documents", "plan"],
    ["reader GET /users/{userId}", "denied"],
  ])("%s is %s", (cell, kind) => {
    expect(kinds.get(cell)).toBe(kind);
  });

  it("are not plan if the tenant itself denies the route by changes, never or suspension", () => {
    const changed = kindsIn({
      "tenants/acme.yaml": "plan: free\nnever: [users.read]\nchanges: { reader: none }\n",
    });
    expect(changed.get("viewer GET /users/{userId}")).toBe("denied");
    expect(changed.get("reader GET /documents")).toBe("denied");
    const suspended = kindsIn({ "tenants/acme.yaml": "plan: free\nstatus: suspended\n" });
    expect(new Set(suspended.values())).toEqual(new Set(["denied"]));
  });

  it("are never plan if there are no plans", () => {
    const { "plans.yaml": _, ...without } = FILES;
    const policies = policiesOf({ ...without, "tenants/acme.yaml": "name: Acme\n" });
    const { catalogue, tenants } = readItems(permissionItems(policies));
    const [tenant] = tenants.values();
    if (tenant === undefined) throw new Error("There is no tenant");
    const kinds = accessKinds(catalogue, tenant, guardedRoutes(policies.api)).map(({ kind }) => kind);
    expect(kinds).toContain("allowed");
    expect(kinds).not.toContain("plan");
  });
});
