import { expect, it } from "vitest";
import { loadPolicyFolder } from "../../../../cli/shared/policy-folder.ts";
import { diffAccess } from "../../../../core/policy-files/access/diff.ts";
import { permissionItems } from "../../../../core/policy-files/compile/permission-items.ts";

it("a state without a catalogue gives no access, as the table that has it", () => {
  const { policies } = loadPolicyFolder("policies", "dev");
  if (policies === undefined) throw new Error("The sample has errors");
  const items = permissionItems(policies);
  const tenants = items.filter(({ pk }) => pk !== "CATALOGUE");
  expect(tenants.length).toBeGreaterThan(1);
  expect(diffAccess(tenants, items, new Set())).toEqual(diffAccess([], items, new Set()));
});
