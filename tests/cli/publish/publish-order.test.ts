import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { supposedCaller } from "../../../core/decision/caller.ts";
import { permissionsOf } from "../../../core/decision/permissions.ts";
import { printGrant } from "../../../core/model/grant.ts";
import type { Item } from "../../../core/model/items.ts";
import { readItems } from "../../../core/policy-files/compile/catalogue.ts";
import { itemKey, stampItem } from "../../../core/policy-files/compile/permission-items.ts";
import { isWithinGrants } from "../../../core/policy-files/publish/narrower.ts";
import {
  changesBetween,
  orderWrites,
  type Write,
  type WriteStep,
} from "../../../core/policy-files/publish/steps.ts";
import { draws } from "../../support/draws.ts";

const ROUTES = ["GET /a", "GET /a/{id}", "PUT /a/{id}", "DELETE /b"];
const ROLES = ["reader", "writer", "admin"];
const PLANS = ["free", "team"];
const GROUPS = ["Staff", "Chiefs"];

const grants = fc
  .subarray([
    ...ROUTES,
    "GET /a/{id} where id=subject",
    "PUT /a/{id} where id=subject",
    "PUT /a/{id} where id=tenant",
  ])
  .map((texts) =>
    texts
      .filter((text) => !texts.includes(text.split(" where ")[0] ?? "") || !text.includes(" where "))
      .sort(),
  );
const routes = fc.subarray(ROUTES);
const roles = fc.record(Object.fromEntries(ROLES.map((name) => [name, fc.option(grants)])));
const plans = fc.record(
  Object.fromEntries(
    PLANS.map((name) => [
      name,
      fc.option(fc.record({ ceiling: routes, roles: fc.option(fc.subarray(ROLES)) })),
    ]),
  ),
);
const change = fc.oneof(fc.constant("none" as const), fc.record({ except: routes }));
const tenant = fc.record({
  status: fc.constantFrom("active", "active", "active", "suspended"),
  plan: fc.constantFrom(...PLANS),
  issuers: fc.option(fc.subarray(["main"])),
  changes: fc.dictionary(fc.constantFrom(...ROLES), change, { maxKeys: 2, noNullPrototype: true }),
  never: routes,
  own: fc.option(grants),
});
const issuer = fc.record({
  roleNames: fc.dictionary(fc.constantFrom(...GROUPS), fc.subarray([...ROLES, "own"]), {
    noNullPrototype: true,
  }),
  tenants: fc.constantFrom("*", ["acme"], ["globex"]),
});
const state = fc.record({
  roles,
  plans,
  tenants: fc.record({ acme: fc.option(tenant, { freq: 8 }), globex: fc.option(tenant) }),
  issuer,
});
type State = typeof state extends fc.Arbitrary<infer T> ? T : never;

function toItems({ roles, plans, tenants, issuer }: State): Item[] {
  const catalogue = (sk: string, content: Item): Item => stampItem({ pk: "CATALOGUE", sk, ...content });
  const existing = Object.entries(plans).flatMap(([name, plan]) =>
    plan === null ? [] : [[name, plan] as const],
  );
  const fallback = existing[0]?.[0];
  return [
    catalogue("ISSUER#main", {
      name: "main",
      tenants: issuer.tenants,
      claims: { tenant: ["tenant"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] },
      audienceClaims: ["aud"],
      types: [""],
      roleNames: issuer.roleNames,
    }),
    ...existing.map(([name, plan]) =>
      catalogue(`PLAN#${name}`, { name, ceiling: plan.ceiling, roles: plan.roles ?? undefined }),
    ),
    ...Object.entries(roles).flatMap(([name, texts]) =>
      texts === null ? [] : [catalogue(`ROLE#${name}`, { name, grants: texts })],
    ),
    ...Object.entries(tenants).flatMap(([id, own]) =>
      own === null
        ? []
        : [
            stampItem({
              pk: `TENANT#${id}`,
              sk: "TENANT",
              id,
              status: own.status,
              plan: existing.some(([name]) => name === own.plan) ? own.plan : fallback,
              issuers: own.issuers ?? undefined,
              changes: own.changes,
              never: own.never,
              roles: own.own === null ? undefined : { own: { grants: own.own } },
            }),
          ],
    ),
  ];
}

/** Returns the grants of a member of a tenant's group; none if requests get a denial or 500. */
function accessIn(items: readonly Item[], tenantId: string, group: string) {
  try {
    const { catalogue, tenants } = readItems(items);
    const names = [...catalogue.issuers.values()][0]?.roleNames?.get(group) ?? [];
    const caller = supposedCaller({ tenant: tenantId, roles: names, issuer: "main", subject: "ann" });
    const permissions = permissionsOf(caller, {
      catalogue,
      tenant: tenants.get(caller.tenant),
      membershipState: null,
    });
    if ("reason" in permissions) return [];
    return [...permissions.grants].flatMap(([route, bindings]) =>
      bindings.map((binding) => ({ route, binding })),
    );
  } catch {
    return [];
  }
}

function apply(items: readonly Item[], write: Write): Item[] {
  const key = itemKey("put" in write ? write.put : write.remove);
  const rest = items.filter((item) => itemKey(item) !== key);
  return "put" in write ? [...rest, write.put] : rest;
}

/** Returns every intermediate state, by step. The last state of a step is the first of the next one. */
function intermediateStates(before: readonly Item[], steps: readonly WriteStep[]): Item[][][] {
  let items = [...before];
  return steps.map(({ writes }) => [items, ...writes.map((write) => (items = apply(items, write)))]);
}

const isCatalogue = (item: Item): boolean => item["pk"] === "CATALOGUE";
const mix = (catalogue: readonly Item[], tenants: readonly Item[]): Item[] => [
  ...catalogue.filter(isCatalogue),
  ...tenants.filter((item) => !isCatalogue(item)),
];

describe("the order of writes", () => {
  it("allows at no moment more than the state before or the state after, with any state in a Lambda's cache", () => {
    fc.assert(
      fc.property(state, state, (from, to) => {
        const [before, after] = [toItems(from), toItems(to)];
        const steps = orderWrites(before, after);
        // Without a wait between two steps, a Lambda may cache states of both.
        const windows: Item[][][] = [];
        for (const [index, states] of intermediateStates(before, steps).entries()) {
          const last = steps[index]?.waits === false ? windows.at(-1) : undefined;
          if (last === undefined) windows.push([...states]);
          else last.push(...states);
        }
        for (const states of windows)
          for (const catalogue of states)
            for (const tenants of states)
              for (const id of ["acme", "globex"])
                for (const group of GROUPS) {
                  const now = accessIn(mix(catalogue, tenants), id, group);
                  const within = [before, after].some((end) => isWithinGrants(now, accessIn(end, id, group)));
                  if (!within)
                    throw new Error(
                      `${id} ${group}: ${now.map(printGrant).join(", ")}\nsteps: ${JSON.stringify(steps, null, 1)}`,
                    );
                }
      }),
      { numRuns: draws(500, 120) },
    );
  });

  it("ends in the wanted state, with valid hashes", () => {
    fc.assert(
      fc.property(state, state, (from, to) => {
        const [before, after] = [toItems(from), toItems(to)];
        const end = intermediateStates(before, orderWrites(before, after)).at(-1)?.at(-1) ?? before;
        expect(changesBetween(end, after)).toMatchObject({ created: [], changed: [], removed: [] });
      }),
      { numRuns: draws(200, 60) },
    );
  });

  const role = (name: string, ...texts: string[]): Item =>
    stampItem({ pk: "CATALOGUE", sk: `ROLE#${name}`, name, grants: texts });
  const tenantItem = (id: string, content: Item = {}): Item =>
    stampItem({ pk: `TENANT#${id}`, sk: "TENANT", id, status: "active", ...content });

  it("writes what a tenant loses before what its role gains, with a wait between", () => {
    const steps = orderWrites(
      [role("editor", "GET /a"), tenantItem("acme")],
      [role("editor", "DELETE /b", "GET /a"), tenantItem("acme", { never: ["DELETE /b"] })],
    );
    expect(steps.map(({ name, waits, writes }) => [name, waits, writes.length])).toEqual([
      ["narrow", false, 1],
      ["widen", true, 1],
    ]);
  });

  it("first writes an item that loses and gains with the grants that both states have", () => {
    const [narrow] = orderWrites(
      [role("editor", "GET /a", "GET /b"), role("viewer", "GET /a")],
      [role("editor", "GET /b", "GET /c"), role("viewer")],
    );
    expect(narrow?.writes.flatMap((write) => ("put" in write ? [write.put["grants"]] : []))).toEqual([
      ["GET /b"],
      [],
    ]);
  });

  it("writes only tenants, a single item, or the first state in one step", () => {
    const tenants = [tenantItem("acme"), tenantItem("globex")];
    const suspended = tenants.map(({ id }) => tenantItem(String(id), { status: "suspended" }));
    expect(orderWrites(tenants, suspended).map(({ name }) => name)).toEqual(["all"]);
    expect(orderWrites([role("a", "GET /a")], [role("a", "GET /b")]).map(({ name }) => name)).toEqual([
      "all",
    ]);
    expect(
      orderWrites([], [role("a"), ...tenants])[0]?.writes.map((write) => "put" in write && write.put["pk"]),
    ).toEqual(["TENANT#acme", "TENANT#globex", "CATALOGUE"]);
    expect(orderWrites(tenants, tenants)).toEqual([]);
  });
});
