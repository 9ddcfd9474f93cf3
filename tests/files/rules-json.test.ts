import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { supposedCaller } from "../../core/caller.ts";
import { diffAccess } from "../../core/files/access-diff.ts";
import { accessMatrix } from "../../core/files/access-matrix.ts";
import { readItems } from "../../core/files/catalogue.ts";
import { explain } from "../../core/files/explain.ts";
import { explicitRoutes, guardedRoutes } from "../../core/files/operation.ts";
import { permissionItems } from "../../core/files/permission-items.ts";
import { loadPolicies, type PolicySet } from "../../core/files/policy-set.ts";
import { type PackedRules, packRules, type Rules, unpackRules } from "../../core/files/rules-json.ts";
import { standOn } from "../../core/files/stand.ts";
import { readLayout } from "../../core/layout.ts";
import type { Route } from "../../core/route.ts";
import { readPolicyFiles } from "../../scripts/lib/policy-folder.ts";
import { layoutFor } from "../support/compiled.ts";
import { BASE, policiesOf } from "../support/policy-files.ts";

const throughJson = (rules: Rules): Rules =>
  unpackRules(JSON.parse(JSON.stringify(packRules(rules))) as PackedRules);

const FOLDERS = [
  "policies",
  "tests/fixtures/v0.1/policies",
  ...readdirSync("examples", { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(`examples/${entry.name}`).includes("policies"))
    .map((entry) => `examples/${entry.name}/policies`),
];

function policiesIn(folder: string): PolicySet {
  const { policies } = loadPolicies(readPolicyFiles(folder), "dev");
  if (policies === undefined) throw new Error(`${folder} has errors`);
  return policies;
}

const pathOf = ({ segments }: Route): string =>
  `/${segments.map((segment) => (segment.kind === "literal" ? segment.text : "ann")).join("/")}`;

/** Every answer that the page gets by the rules: each role's request for each route, with and without scopes. */
function explanations(rules: Rules, layout: Parameters<typeof readLayout>[0]): unknown[] {
  const stand = standOn(rules, permissionItems(rules), readLayout(layout));
  return [...rules.tenants.values()].flatMap((tenant) =>
    [...rules.roles.keys(), ...tenant.roles.keys()].flatMap((role) =>
      rules.api.operations.flatMap(({ route }) =>
        [[], route.scopes].map((scopes) => {
          const caller = supposedCaller({ tenant: tenant.id, roles: [role], subject: "ann", scopes });
          return explain(rules, stand, caller, { method: route.method, path: pathOf(route) });
        }),
      ),
    ),
  );
}

function matrixOf(rules: Rules): unknown[] {
  const { catalogue, tenants } = readItems(permissionItems(rules));
  return [...accessMatrix(catalogue, tenants.values(), guardedRoutes(rules.api))];
}

describe.each(FOLDERS)("the rules of %s, packed and unpacked", (folder) => {
  const policies = policiesIn(folder);
  const again = throughJson(policies);
  const layout = layoutFor(policies, "route");

  it("explain every request as before", () => {
    const found = explanations(again, layout);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(explanations(policies, layout));
  });

  it("name the operations of the API, none a second time", () => {
    const operations = new Set(again.api.operations);
    const named = [...again.roles.values()].flatMap(({ allow, except }) =>
      [...allow, ...except].flatMap((entry) => entry.operations),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((operation) => !operations.has(operation))).toEqual([]);
  });

  it("have the same matrix", () => {
    const cells = matrixOf(again);
    expect(cells.length).toBeGreaterThan(0);
    expect(cells).toEqual(matrixOf(policies));
  });

  it("differ from others as before", () => {
    const other = { ...policies, roles: new Map([...policies.roles].slice(1)) };
    const before = permissionItems(throughJson({ ...other }));
    const found = diffAccess(before, permissionItems(again), explicitRoutes(again.api));
    expect(found.changes).not.toEqual([]);
    expect(found).toEqual(
      diffAccess(permissionItems(other), permissionItems(policies), explicitRoutes(policies.api)),
    );
  });
});

it("keeps names that look like the marks, and none of the API's document", () => {
  const policies = policiesOf({
    ...BASE,
    "issuers.yaml": `main: { preset: generic, tenants: "*", roles: { $map: viewer, $operation: viewer, $$map: viewer } }\n`,
  });
  const again = throughJson(policies);
  expect(again.issuers.get("main")?.roleNames).toEqual({
    $map: ["viewer"],
    $operation: ["viewer"],
    $$map: ["viewer"],
  });
  expect(Object.keys(again.api)).toEqual(["operations", "tenantSelector"]);
});
