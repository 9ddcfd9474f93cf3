import { describe, expect, it } from "vitest";
import { isBroken, openConsole } from "../../console/load.ts";
import { buildMatrix, changeAt } from "../../console/matrix/model.ts";
import type { OpenSet } from "../../console/open-set.ts";
import { diffAccess } from "../../core/policy-files/access/diff.ts";
import { explicitRoutes } from "../../core/policy-files/model/operation.ts";
import { sample } from "./support/policies.ts";

function openSetWith(changes: Readonly<Record<string, string>> = {}): OpenSet {
  const [set] = openConsole(sample(changes)).sets;
  if (set === undefined || isBroken(set)) throw new Error("The set has errors");
  return set;
}

const ALL = { filter: "", changedOnly: false };

describe.each([
  ["a role that gains and loses", { "roles/editor.yaml": "extends: [viewer]\nallow: [documents.purge]\n" }],
  [
    "a binding that is removed",
    { "roles/viewer.yaml": "allow: [documents.read, users.read, users.write]\n" },
  ],
  [
    "another binding",
    {
      "roles/viewer.yaml":
        "allow: [documents.read, { route: 'PATCH /users/{userId}', where: { userId: tenant } }]\n",
    },
  ],
  [
    "a plan that shrinks",
    { "tenants/acme.yaml": "plan: free\nroles: { auditor: { extends: [viewer], allow: [reports.read] } }\n" },
  ],
])("the gains and losses of %s", (_, changes) => {
  const [before, after] = [openSetWith(), openSetWith(changes)];

  it("are those that diffAccess reports", () => {
    const reported = diffAccess(before.items, after.items, explicitRoutes(after.rules.api)).changes;
    const expected = reported.flatMap(({ kind, role, route, tenants }) =>
      tenants.map((tenant) => `${kind} ${tenant} ${role} ${route}`),
    );
    const found = [...before.rules.tenants.keys()].flatMap((tenant) => {
      const matrix = buildMatrix({ set: before, tenant }, { set: after, tenant }, ALL);
      return matrix.rows.flatMap(({ operation: { route } }) =>
        matrix.roles.flatMap((role) => {
          const change = changeAt(matrix.cells, role, route.key);
          const kinds = change === undefined ? [] : change === "both" ? ["gain", "loss"] : [change];
          return kinds.map((kind) => `${kind} ${tenant} ${role} ${route.key}`);
        }),
      );
    });
    expect(expected.length).toBeGreaterThan(0);
    expect(found.sort()).toEqual(expected.sort());
  });
});
