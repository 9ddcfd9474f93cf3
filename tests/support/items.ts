import {
  type Catalogue,
  type Item,
  readCatalogue,
  readTenant,
  type TenantItem,
  tenantKey,
} from "../../core/model/items.ts";

/** Items as version 1 writes them. They are written by hand, so that the writer does not test the reader. */
export const ISSUER: Item = {
  pk: "CATALOGUE",
  sk: "ISSUER#main",
  v: 1,
  owner: "files",
  hash: "issuer-hash",
  name: "main",
  preset: "generic",
  tenants: "*",
  claims: { tenant: ["tenant"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] },
  audienceClaims: ["aud"],
  types: ["", "jwt", "at+jwt"],
  tokenUse: "access",
  roleNames: { Readers: ["viewer"] },
  pass: { dept: ["org", "dept"] },
};
export const ROLE: Item = {
  pk: "CATALOGUE",
  sk: "ROLE#viewer",
  v: 1,
  hash: "viewer-hash",
  name: "viewer",
  grants: ["GET /documents", "PATCH /users/{userId} where userId=subject"],
};
export const PLAN: Item = {
  pk: "CATALOGUE",
  sk: "PLAN#team",
  v: 1,
  hash: "plan-hash",
  name: "team",
  ceiling: ["GET /documents", "PATCH /users/{userId}", "GET /reports"],
  roles: ["viewer"],
};
export const TENANT: Item = {
  pk: "TENANT#acme",
  sk: "TENANT",
  v: 1,
  generation: "g1",
  hash: "tenant-hash",
  id: "acme",
  status: "active",
  plan: "team",
  issuers: ["main"],
  changes: { viewer: { except: ["GET /reports"] } },
  never: ["DELETE /documents"],
  roles: { own: { grants: ["GET /reports"] } },
};

export const catalogueOf = (...items: readonly Item[]): Catalogue => readCatalogue(items);
export const tenantOf = (changes: Item = {}): TenantItem => {
  const item = { ...TENANT, ...changes };
  return readTenant({ ...item, pk: tenantKey(String(item["id"])) });
};

/** Returns an item without some of its fields. */
export const without = (item: Item, ...fields: readonly string[]): Item =>
  Object.fromEntries(Object.entries(item).filter(([field]) => !fields.includes(field)));
