import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readPolicyFiles } from "../../../../cli/shared/policy-folder.ts";
import { supposedCaller } from "../../../../core/decision/caller.ts";
import { readLayout } from "../../../../core/model/layout.ts";
import type { Route } from "../../../../core/model/route.ts";
import { diffAccess } from "../../../../core/policy-files/access/diff.ts";
import { accessMatrix } from "../../../../core/policy-files/access/matrix.ts";
import { readItems } from "../../../../core/policy-files/compile/catalogue.ts";
import { permissionItems } from "../../../../core/policy-files/compile/permission-items.ts";
import { explain } from "../../../../core/policy-files/explain/explain.ts";
import { explicitRoutes, guardedRoutes } from "../../../../core/policy-files/model/operation.ts";
import { loadPolicies, type PolicySet } from "../../../../core/policy-files/model/policy-set.ts";
import {
  type PackedRules,
  packRules,
  type Rules,
  unpackRules,
} from "../../../../core/policy-files/model/rules-json.ts";
import { createSimulatorOn } from "../../../../core/policy-files/simulate/simulator.ts";
import { layoutFor } from "../../../support/compiled.ts";
import { BASE, policiesOf } from "../../../support/policy-files.ts";

const throughJson = (rules: Rules): Rules =>
  unpackRules(JSON.parse(JSON.stringify(packRules(rules))) as PackedRules);

const FOLDERS = [
  "policies",
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

/** Explains, for every tenant and role, a request for each route, with and without scopes, as the console does. */
function explanations(rules: Rules, layout: Parameters<typeof readLayout>[0]): unknown[] {
  const simulator = createSimulatorOn(rules, permissionItems(rules), readLayout(layout));
  return [...rules.tenants.values()].flatMap((tenant) =>
    [...rules.roles.keys(), ...tenant.roles.keys()].flatMap((role) =>
      rules.api.operations.flatMap(({ route }) =>
        [[], route.scopes].map((scopes) => {
          const caller = supposedCaller({ tenant: tenant.id, roles: [role], subject: "ann", scopes });
          return explain(rules, simulator, caller, { method: route.method, path: pathOf(route) });
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
  const restored = throughJson(policies);
  const layout = layoutFor(policies, "route");

  it("explain every request as before", () => {
    const found = explanations(restored, layout);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(explanations(policies, layout));
  });

  it("refer to the API's operations, without copies", () => {
    const operations = new Set(restored.api.operations);
    const named = [...restored.roles.values()].flatMap(({ allow, except }) =>
      [...allow, ...except].flatMap((entry) => entry.operations),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((operation) => !operations.has(operation))).toEqual([]);
  });

  it("have the same matrix", () => {
    const cells = matrixOf(restored);
    expect(cells.length).toBeGreaterThan(0);
    expect(cells).toEqual(matrixOf(policies));
  });

  it("differ from others as before", () => {
    const other = { ...policies, roles: new Map([...policies.roles].slice(1)) };
    const before = permissionItems(throughJson({ ...other }));
    const found = diffAccess(before, permissionItems(restored), explicitRoutes(restored.api));
    expect(found.changes).not.toEqual([]);
    expect(found).toEqual(
      diffAccess(permissionItems(other), permissionItems(policies), explicitRoutes(policies.api)),
    );
  });
});

it("keeps names that look like the marker keys, and drops the API's document", () => {
  const policies = policiesOf({
    ...BASE,
    "issuers.yaml": `main: { preset: generic, tenants: "*", roles: { $map: viewer, $operation: viewer, $$map: viewer } }\n`,
  });
  const restored = throughJson(policies);
  expect(restored.issuers.get("main")?.roleNames).toEqual({
    $map: ["viewer"],
    $operation: ["viewer"],
    $$map: ["viewer"],
  });
  expect(Object.keys(restored.api)).toEqual(["operations", "tenantSelector"]);
});
