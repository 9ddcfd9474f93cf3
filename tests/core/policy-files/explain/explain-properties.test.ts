import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { respondTo } from "../../../../core/decision/authorize.ts";
import { isDenial } from "../../../../core/decision/denial.ts";
import { permissionsOf } from "../../../../core/decision/permissions.ts";
import { printGrant } from "../../../../core/model/grant.ts";
import { findRoute } from "../../../../core/model/layout.ts";
import { arnSpellings } from "../../../../core/model/method-arn.ts";
import { selectRoute } from "../../../../core/model/route.ts";
import { decisiveStep, type Explanation, explain } from "../../../../core/policy-files/explain/explain.ts";
import { naivelyAllows } from "../../../oracle/naive-matcher.ts";
import { draws } from "../../../support/draws.ts";
import { applyEdit } from "./apply-edit.ts";
import {
  caller,
  callerOf,
  files,
  type RandomCaller,
  type RandomRequest,
  ROLES,
  request,
  stateOf,
  type World,
  worldOf,
} from "./random-world.ts";

const explained = (world: World, who: RandomCaller, asked: RandomRequest): Explanation =>
  explain(world.policies, world.simulator, callerOf(who), asked, stateOf(who));

/** Decides without asking for findings, and evaluates the policy by the oracle; undefined without an authorizer. */
function decidedAs({ simulator }: World, who: RandomCaller, { method, path }: RandomRequest) {
  const bare = path.split("?", 1)[0] ?? path;
  const route = selectRoute(simulator.routes, method, bare);
  const found = route && findRoute(simulator.layout, route.key);
  if (found === undefined) return undefined;
  const resolved = { ...found, arn: { base: simulator.base, method, path: bare } };
  const { catalogue, tenants } = simulator;
  const stored = { catalogue, tenant: tenants.get(who.tenant), membershipState: stateOf(who) };
  const { response } = respondTo(resolved, callerOf(who), stored, simulator.layout);
  const arns = arnSpellings(`${simulator.base}/${method}${bare}`);
  return {
    outcome: arns.every((arn) => naivelyAllows(response.policyDocument, arn)) ? "allowed" : "denied",
    response,
  };
}

/** Every tenant, issuer and role. Random callers add sets of roles, memberships and revocations. */
const EVERYONE: readonly RandomCaller[] = ["acme", "globex", "initech"].flatMap((tenant) =>
  ["main", "other", "nobody"].flatMap((issuer) =>
    [...ROLES, "own", "gone"].map((role) => ({
      ...{ tenant, issuer, roles: [role], subject: "ann", scopes: [], claims: {} },
      ...{ membership: undefined, revocation: undefined },
    })),
  ),
);

/** Returns what a caller is granted in any route, and with which bindings. */
function rightsOf({ simulator: { catalogue, tenants } }: World, who: RandomCaller): ReadonlySet<string> {
  const stored = { catalogue, tenant: tenants.get(who.tenant), membershipState: stateOf(who) };
  const permissions = permissionsOf(callerOf(who), stored);
  if (isDenial(permissions)) return new Set();
  return new Set(
    [...permissions.grants].flatMap(([route, bindings]) =>
      bindings.map((binding) => printGrant({ route, binding })),
    ),
  );
}

/** Lists what a caller is granted after an edit and was not before, not even without a binding. */
function gains(before: World, after: World, who: RandomCaller): string[] {
  const had = rightsOf(before, who);
  return [...rightsOf(after, who)].filter(
    (right) => !had.has(right) && !had.has(right.split(" where ", 1)[0] ?? ""),
  );
}

const worlds = draws(250, 25);
const requests = fc.array(fc.tuple(caller, request), { minLength: 40, maxLength: 40 });

describe("an explanation", () => {
  it("has one deciding step if the request is denied and none if it is allowed, and the gateway's outcome", () => {
    let [denials, allowed] = [0, 0];
    fc.assert(
      fc.property(files, requests, (texts, asked) => {
        const world = worldOf(texts);
        for (const [who, one] of asked) {
          const found = explained(world, who, one);
          const decided = decidedAs(world, who, one);
          if (decided === undefined || !("response" in found.simulation)) continue;
          expect(found.simulation.outcome).toBe(decided.outcome);
          expect(found.simulation.response).toEqual(decided.response);
          const denying = found.steps.filter(({ effect }) => effect === "takes");
          const deciding = found.steps.filter(({ decides }) => decides);
          if (decided.outcome === "allowed") {
            allowed += 1;
            expect({ denying, deciding }).toEqual({ denying: [], deciding: [] });
            expect(found.steps.some(({ effect }) => effect === "gives")).toBe(true);
          } else {
            denials += 1;
            expect(deciding).toEqual([denying[0]]);
            expect(deciding[0]?.edit).toBeDefined();
          }
        }
      }),
      { numRuns: worlds, endOnFailure: true },
    );
    expect(denials).toBeGreaterThan(worlds);
    expect(allowed).toBeGreaterThan(worlds);
  });
});

describe("the edit that the deciding step names", () => {
  it("allows the request or leads to the next finding, and nobody else gains anything", () => {
    const checks = new Map<string, number>();
    let compared = 0;
    fc.assert(
      fc.property(files, requests, (texts, asked) => {
        const world = worldOf(texts);
        for (const [who, one] of asked.slice(0, 8)) {
          const before = explained(world, who, one);
          const step = decisiveStep(before);
          if (step?.check === undefined) continue;
          checks.set(step.check, (checks.get(step.check) ?? 0) + 1);
          const edited = applyEdit(world, who, one, before);
          const after = explained(edited.world, edited.who, edited.request);
          const isNext = JSON.stringify(decisiveStep(after)) !== JSON.stringify(step);
          if (!isNext) throw new Error(`"${edited.what}" changes nothing: ${step.text}`);
          if (edited.world === world) continue;
          for (const other of [...EVERYONE, ...asked.map(([random]) => random)]) {
            compared += 1;
            if (!edited.concerns(other)) expect(gains(world, edited.world, other)).toEqual([]);
          }
        }
      }),
      { numRuns: draws(150, 30), endOnFailure: true },
    );
    // The kinds of denials that the draws must reach.
    const common = ["issuer", "tenant", "tenant_status", "role_grants", "ceiling", "context_size"];
    expect([...checks.keys()]).toEqual(expect.arrayContaining(common));
    expect(compared).toBeGreaterThan(5_000);
  });
});
