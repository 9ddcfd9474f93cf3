import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder to run commands in, with `policies/` of the sample and so many tenants. */
export interface TenantFolder {
  readonly path: string;
  remove(): void;
}

const SAMPLE = ["api.yaml", "plans.yaml", "roles"];
/** As the sample's own tenants are: most plain, some narrowed, some with a role of their own. */
const KINDS = [
  {},
  { changes: { editor: { except: ["documents.create"] } } },
  { never: ["documents.purge"], roles: { auditor: { extends: ["viewer"], allow: ["reports.read"] } } },
];

export function tenantFolder(count: number): TenantFolder {
  const path = mkdtempSync(join(tmpdir(), "portcullis-bench-"));
  const policies = join(path, "policies");
  for (const name of SAMPLE) cpSync(join("policies", name), join(policies, name), { recursive: true });
  mkdirSync(join(policies, "tenants"));
  for (let index = 0; index < count; index++) {
    const kind = KINDS[index % 10 < 7 ? 0 : index % 10 === 7 ? 1 : 2];
    const tenant = { name: `Customer ${index}`, plan: "enterprise", ...kind };
    writeFileSync(join(policies, "tenants", `customer-${index}.yaml`), JSON.stringify(tenant));
  }
  return { path, remove: () => rmSync(path, { recursive: true }) };
}
