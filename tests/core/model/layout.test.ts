import { describe, expect, it } from "vitest";
import {
  findRoute,
  type LayoutData,
  readLayout,
  routesInScope,
  stageVariables,
} from "../../../core/model/layout.ts";
import { groupOf, layoutOf, route } from "../../support/api.ts";
import { layoutFor } from "../../support/compiled.ts";
import { API, BASE, policiesOf } from "../../support/policy-files.ts";

const A = route("GET /a/{x}", "read", "write");
const B = route("POST /b");
const GROUPS = [groupOf("a", [A]), groupOf("b", [B, route("GET /b")])];

describe("a layout", () => {
  it("is read as the bundle stores it, including scopes", () => {
    const data: LayoutData = {
      mode: "route",
      hash: "h",
      tenantSelector: { header: "X-Tenant" },
      slashes: true,
      shortTenantIds: true,
      groups: GROUPS,
    };
    const layout = readLayout(JSON.parse(JSON.stringify(data)));
    expect(layout).toMatchObject({
      mode: "route",
      hash: "h",
      tenantSelector: { header: "X-Tenant" },
      slashes: true,
      shortTenantIds: true,
    });
    expect(findRoute(layout, "GET /a/{x}")).toEqual({ route: A, group: layout.groups[0] });
    expect(findRoute(layout, "POST /b")?.group.name).toBe("b");
  });

  it("finds no other route, nor a member of every object", () => {
    const layout = layoutOf([], { groups: GROUPS });
    for (const key of ["GET /a/1", "get /a/{x}", "constructor", ""])
      expect(findRoute(layout, key)).toBeUndefined();
  });

  it("gives each group a stage variable with the group's name and the layout's hash", () => {
    expect(stageVariables(layoutOf([], { hash: "0123", groups: GROUPS }))).toEqual({
      portcullis_a: "a-0123",
      portcullis_b: "b-0123",
    });
  });

  it.each([
    ["route", 1],
    ["off", 1],
    ["token", 2],
  ] as const)("has only the matched route in scope, except in token mode: %s", (mode, count) => {
    const layout = layoutOf([], { mode, groups: GROUPS });
    const found = findRoute(layout, "POST /b");
    expect(found && routesInScope(layout, found)).toHaveLength(count);
  });
});

describe("a layout's hash", () => {
  const NOBODY = { "roles/viewer.yaml": "description: x\n" };
  const hashOf = (api: string, mode: "route" | "off" = "route"): string =>
    layoutFor(policiesOf({ ...BASE, ...NOBODY, "api.yaml": api }), mode).hash;

  it("changes with everything that a cached policy depends on", () => {
    const hashes = [
      hashOf(API),
      hashOf(API, "off"),
      hashOf(API.replace("backends:", "tenant: { header: X-Tenant }\n  backends:")),
      hashOf(API.replace("scopes: [docs:write]", "scopes: [docs:purge]")),
      hashOf(API.replace("/invoices/{invoiceId}", "/invoices/{id}")),
      hashOf(API.replace("backend: docs, public: true", "backend: docs")),
      hashOf(API.replace("    patch: {", "    put: {")),
    ];
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{12}$/);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("does not change with what no policy depends on", () => {
    expect(
      hashOf(
        API.replace("title: Small", "title: Other").replace(
          "permission: users.read",
          "permission: people.read",
        ),
      ),
    ).toBe(hashOf(API));
  });
});
