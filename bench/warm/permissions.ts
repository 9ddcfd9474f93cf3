import type { Item } from "../../core/model/items.ts";
import { type Layout, readLayout } from "../../core/model/layout.ts";
import type { ItemReader } from "../../runtime/table/dynamodb-reader.ts";

export const TENANT = "acme";
/** Routes that the role grants; each becomes one ARN of the policy. */
export const GRANTED = Array.from({ length: 100 }, (_, at) => `GET /r${at}/{id}` as const);
const OTHERS = Array.from({ length: 50 }, (_, at) => `GET /s${at}/{id}` as const);

/** A layout with one group, in which a policy has to name every route. */
export const LAYOUT: Layout = readLayout({
  mode: "token",
  hash: "bench",
  tenantSelector: null,
  slashes: false,
  shortTenantIds: true,
  groups: [
    {
      name: "a",
      routes: [...GRANTED, ...OTHERS].map((route) => ["GET", route.slice("GET ".length)]),
      anyMethodPaths: [],
    },
  ],
});

const item = (pk: string, sk: string, fields: Item): Item => ({
  pk,
  sk,
  v: 1,
  hash: `hash of ${sk}`,
  ...fields,
});

const CATALOGUE: readonly Item[] = [
  item("CATALOGUE", "ISSUER#main", {
    name: "main",
    tenants: "*",
    claims: { tenant: ["tenant"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] },
    audienceClaims: ["aud"],
    types: ["at+jwt"],
    pass: { email: ["email"] },
  }),
  item("CATALOGUE", "ROLE#editor", { name: "editor", grants: GRANTED }),
];
const ACME = item(`TENANT#${TENANT}`, "TENANT", { id: TENANT, status: "active", generation: "g1" });

/** A table in memory, which has no revocations. */
export const TABLE: ItemReader = {
  catalogue: () => Promise.resolve([...CATALOGUE]),
  items: (keys) => Promise.resolve(keys.some(({ sk }) => sk === "TENANT") ? [ACME] : []),
};
