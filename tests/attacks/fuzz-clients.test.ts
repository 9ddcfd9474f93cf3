import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { respondTo } from "../../core/decision/authorize.ts";
import { type Caller, parseCaller } from "../../core/decision/caller.ts";
import { claimsAfterVerification } from "../../core/decision/claims.ts";
import { isDenial } from "../../core/decision/denial.ts";
import type { RoleSet } from "../../core/decision/permissions.ts";
import type { ResolvedRoute } from "../../core/decision/resolve-route.ts";
import { clientPattern } from "../../core/model/client-ceilings.ts";
import { InternalError } from "../../core/model/errors.ts";
import { issuerName } from "../../core/model/ids.ts";
import { readCatalogue, readTenant } from "../../core/model/items.ts";
import { findRoute } from "../../core/model/layout.ts";
import { selectRoute } from "../../core/model/route.ts";
import type { CompiledPolicy } from "../../core/policy/compiled-policy.ts";
import type { PolicySimulator } from "../../core/policy-files/simulate/simulate.ts";
import { simulate } from "../../core/policy-files/simulate/simulate.ts";
import { createSimulator } from "../../core/policy-files/simulate/simulator.ts";
import { naivelyAllows } from "../oracle/naive-matcher.ts";
import { buildOf } from "../support/compiled.ts";
import { draws } from "../support/draws.ts";
import { API, type FileTexts, policiesOf } from "../support/policy-files.ts";
import { type Running, runStack } from "./support/running-stack.ts";

const SELECTORS = [
  "documents.read",
  "documents.*",
  "documents.purge",
  "users.read",
  "users.write",
  "files.read",
  "GET /documents/**",
  "ANY /**",
];
const REQUESTS = [
  "GET /documents",
  "POST /documents",
  "GET /documents/search",
  "GET /documents/42",
  "PUT /documents/42",
  "DELETE /documents/42",
  "GET /files/a/b",
  "GET /users/ann",
  "PATCH /users/ann",
  "PATCH /users/bob",
  "GET /invoices/7",
];
const OWN = '{ route: "PATCH /users/{userId}", where: { userId: subject } }';
const EVERYTHING = "allow: [ANY /**, documents.purge]\n";
const ROLES = ["reader", "writer"];
const CLIENTS = ["web", "agent", "bot-1", "b-1", "unknown"];
/** The delegates that clients.yaml names. One of them has the name of a client. */
const DELEGATES = ["reader", "agent"];
const ELSEWHERE = "https://agents.example";

const list = (entries: readonly string[]): string => `[${entries.join(", ")}]`;
const selectors = fc.uniqueArray(fc.constantFrom(...SELECTORS), { minLength: 1, maxLength: 4 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

/** What is random about the three folders. */
const folder = fc.record({
  roles: fc.array(fc.record({ allow: selectors, own: fc.boolean() }), { minLength: 2, maxLength: 2 }),
  least: fc.oneof(fc.constant([]), fc.constantFrom(["documents.read"], ["users.read", "files.read"])),
  ceilings: fc.array(fc.record({ ceiling: selectors, scopes: maybe(fc.subarray(["docs:write", "other"])) }), {
    minLength: 4,
    maxLength: 4,
  }),
  only: maybe(fc.subarray(["acme", "globex"])),
  taken: maybe(selectors),
  delegates: fc.array(selectors, { minLength: 2, maxLength: 2 }),
  takenFromDelegate: maybe(selectors),
});
type Folder = ReturnType<typeof folder.generate>["value"];

/** Writes clients.yaml. Every ceiling has what the default has, which `check` demands. */
function clientsFile({ least, ceilings, only, delegates }: Folder): string {
  const entries = ["web", "agent", '"bot-*"', '"b*-1"'].map((client, index) => {
    const { ceiling = [], scopes } = ceilings[index] ?? {};
    const limits = least.length > 0 ? "" : `${scopes ? `, scopes: ${list(scopes)}` : ""}`;
    const tenants = least.length > 0 || only === undefined || index !== 1 ? "" : `, tenants: ${list(only)}`;
    return `      ${client}: { ceiling: ${list([...least, ...ceiling])}${limits}${tenants} }\n`;
  });
  const acting = delegates.map(
    (ceiling, index) => `      ${DELEGATES[index]}: { ceiling: ${list([...least, ...ceiling])} }\n`,
  );
  return `default: { ceiling: ${list(least)} }\nissuers:\n  main:\n    clients:\n${entries.join("")}    delegates:\n${acting.join("")}`;
}

/** The three folders: the person alone, the ceiling alone, and both. */
function foldersOf(random: Folder): readonly [FileTexts, FileTexts, FileTexts] {
  const [reader = "", writer = ""] = random.roles.map(
    ({ allow, own }) => `allow: ${list([...allow, ...(own ? [OWN] : [])])}\n`,
  );
  const taken = random.least.length > 0 ? [] : (random.taken ?? []);
  const delegate = random.least.length > 0 ? [] : (random.takenFromDelegate ?? []);
  const narrowed = `clients: { main: { clients: { web: { except: ${list(taken)} } }, delegates: { reader: { except: ${list(delegate)} } } } }\n`;
  const base = { "api.yaml": API, "tenants/globex.yaml": "name: Globex\n" };
  const roles = { "roles/reader.yaml": reader, "roles/writer.yaml": writer };
  const ceilings = {
    "clients.yaml": clientsFile(random),
    "tenants/acme.yaml": `name: Acme\n${narrowed}`,
  };
  const all = { "roles/reader.yaml": EVERYTHING, "roles/writer.yaml": EVERYTHING };
  return [
    { ...base, ...roles, "tenants/acme.yaml": "name: Acme\n" },
    { ...base, ...all, ...ceilings },
    { ...base, ...roles, ...ceilings },
  ];
}

/** The claims that name the client: mostly one client, else any two values, which may be no names. */
const clientClaims = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...CLIENTS).map((azp) => ({ client_id: azp, azp })) },
  { weight: 1, arbitrary: fc.constantFrom(...CLIENTS).map((azp) => ({ azp })) },
  {
    weight: 1,
    arbitrary: fc.record({
      client_id: maybe(fc.constantFrom<unknown>(...CLIENTS, 5)),
      azp: maybe(fc.constantFrom<unknown>(...CLIENTS, "")),
    }),
  },
);
/** The current delegate, which mostly has an entry, with prior ones. */
const act = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: fc.constantFrom(...DELEGATES).map((sub) => ({ sub })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<object>(
      { sub: "web" },
      { sub: "reader", act: { sub: "unknown", act: { sub: "agent" } } },
      { sub: "unknown", act: { sub: "reader" } },
      { sub: "reader", iss: ELSEWHERE },
    ),
  },
);
const triple = fc
  .record({
    tenant: fc.constantFrom("acme", "globex"),
    roles: fc.subarray(ROLES, { minLength: 1 }),
    scope: fc.constantFrom("", "docs:write", "docs:write other"),
    clientClaims,
    act,
  })
  .map(({ clientClaims, ...others }) => ({ ...others, ...clientClaims }));
type Triple = ReturnType<typeof triple.generate>["value"];

const payloadOf = (random: Triple): Record<string, unknown> => ({
  sub: "ann",
  ...Object.fromEntries(Object.entries(random).filter(([, value]) => value !== undefined)),
});

const simulatorOf = (files: FileTexts): PolicySimulator => {
  const policies = policiesOf(files);
  return createSimulator(policies, buildOf(policies, "auto").compiled);
};

function callerOf({ catalogue }: PolicySimulator, payload: Record<string, unknown>): Caller {
  const issuer = catalogue.issuers.get(issuerName("main"));
  if (issuer === undefined) throw new Error("There is no issuer main");
  const caller = parseCaller(claimsAfterVerification(issuer, payload), undefined);
  if (isDenial(caller)) throw new Error(caller.reason);
  return caller;
}

type Allowed = (payload: Record<string, unknown>) => string[];

/**
 * Returns a function that lists the requests that a token's caller is allowed. One response is evaluated for every request
 * of its group, as under API Gateway's cache. Role sets and policies are cached as in the function, so that a key that
 * lacks a fact about client or delegate is found. The same payload is decided once.
 */
function decider(simulator: PolicySimulator): Allowed {
  const { catalogue, tenants, layout, base, routes } = simulator;
  const extras = { roleSets: new Map<string, RoleSet>(), policies: new Map<string, CompiledPolicy>() };
  const parts = new Map<string, { readonly request: string; readonly resolved: ResolvedRoute }[]>();
  for (const request of REQUESTS) {
    const [method = "", path = ""] = request.split(" ");
    const route = selectRoute(routes, method, path);
    const found = route && findRoute(layout, route.key);
    if (found === undefined) throw new Error(`${request} has no route`);
    const part = layout.mode === "token" ? found.group.name : request;
    parts.set(part, [
      ...(parts.get(part) ?? []),
      { request, resolved: { ...found, arn: { base, method, path } } },
    ]);
  }
  const evaluated = new Map<string, string[]>();
  const decide: Allowed = (payload) => {
    const caller = callerOf(simulator, payload);
    const stored = { catalogue, tenant: tenants.get(caller.tenant), membershipState: null };
    return [...parts.values()].flatMap((part) => {
      const [first] = part;
      if (first === undefined) return [];
      const { policyDocument: policy } = respondTo(first.resolved, caller, stored, layout, extras).response;
      // Most callers share a policy, and a policy is the same for every caller.
      const text = JSON.stringify([first.request, policy]);
      const known = evaluated.get(text);
      if (known !== undefined) return known;
      const allowed = part
        .filter(({ request }) => naivelyAllows(policy, `${base}/${request.replace(" ", "")}`))
        .map(({ request }) => request);
      evaluated.set(text, allowed);
      return allowed;
    });
  };
  const decided = new Map<string, string[]>();
  return (payload) => {
    const key = JSON.stringify(payload);
    const found = decided.get(key) ?? decide(payload);
    decided.set(key, found);
    return found;
  };
}

const without = (payload: Record<string, unknown>, ...claims: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(payload).filter(([name]) => !claims.includes(name)));

describe("the ceiling of a client", () => {
  it("intersects what the person may do, cell by cell, and a token without its client never allows more", () => {
    const perFolder = draws(10_000, 500);
    let [intersected, cut, byDelegate] = [0, 0, 0];
    fc.assert(
      fc.property(
        folder,
        fc.array(triple, { minLength: perFolder, maxLength: perFolder }),
        (random, triples) => {
          const [person, ceiling, both] = foldersOf(random).map((files) => decider(simulatorOf(files))) as [
            Allowed,
            Allowed,
            Allowed,
          ];
          for (const one of triples) {
            const payload = payloadOf(one);
            const [alone, most, found] = [person(payload), ceiling(payload), both(payload)];
            const expected = alone.filter((request) => most.includes(request));
            // An assertion for each of a million would be most of the time.
            if (found.join() !== expected.join())
              expect({ payload, found }).toEqual({ payload, found: expected });
            intersected += found.length;
            cut += alone.length - found.length;
            const bare = both(without(payload, "client_id", "azp"));
            const added = bare.filter((request) => !found.includes(request));
            if (added.length > 0) expect({ payload, added }).toEqual({ payload, added: [] });
            byDelegate += both(without(payload, "act")).length - found.length;
          }
        },
      ),
      { numRuns: draws(100, 20), endOnFailure: true },
    );
    for (const count of [intersected, cut, byDelegate]) expect(count).toBeGreaterThan(1_000);
  }, 1_800_000);

  const FILES: FileTexts = {
    "api.yaml": API,
    "roles/boss.yaml": EVERYTHING,
    "tenants/acme.yaml": "name: Acme\n",
    "clients.yaml": `default: { ceiling: [] }
issuers:
  main:
    clients:
      web: { ceiling: [ANY /**, documents.purge] }
      agent: { ceiling: [documents.read, documents.purge], scopes: [other] }
      "bot-*": { ceiling: [users.read] }
      "b*-1": { ceiling: [files.read] }
    delegates:
      reader: { ceiling: [documents.read] }
`,
  };
  const BOSS = { sub: "ann", tenant: "acme", roles: ["boss"], scope: "docs:write other" };

  it("is the default's for a client that names another, for none, and for two entries that match", () => {
    const simulator = simulatorOf(FILES);
    const decide = decider(simulator);
    const allowed = (claims: Record<string, unknown>) => decide({ ...BOSS, ...claims }).length;
    expect(allowed({ client_id: "web" })).toBe(REQUESTS.length);
    expect(allowed({ client_id: "web", azp: "web" })).toBe(REQUESTS.length);
    expect(allowed({ client_id: "bot-2" })).toBe(1);
    for (const claims of [
      {},
      { client_id: "agent", azp: "web" },
      { client_id: "web", azp: "agent" },
      { client_id: ["web"] },
      { client_id: 5, azp: "web" },
      { client_id: "web", azp: "" },
      { client_id: "web", azp: null },
      { client_id: "WEB" },
      { client_id: "web " },
      { client_id: "bot-1" },
    ])
      expect({ claims, allowed: allowed(claims) }).toEqual({ claims, allowed: 0 });
  });

  it("takes scopes that do not count, also from what backends receive", () => {
    const simulator = simulatorOf(FILES);
    const caller = callerOf(simulator, { ...BOSS, client_id: "agent" });
    const purge = simulate(simulator, caller, "DELETE", "/documents/42");
    expect(purge).toMatchObject({ outcome: "denied" });
    const read = simulate(simulator, caller, "GET", "/documents");
    expect("response" in read && read.response.context["scopes"]).toBe("other");
  });

  it.each([
    ["https://*.agents.example/client", "https://a1.agents.example/client", true],
    ["https://*.agents.example/client", "https://a.b.agents.example/client", false],
    ["https://*.agents.example/client", "https://evil.example/.agents.example/client", false],
    ["https://*.agents.example/client", "https://evil.example#.agents.example/client", false],
    ["https://*.agents.example/client", "https://evil.example%2f.agents.example/client", false],
    ["https://*.agents.example/client", "https://.agents.example/client", false],
    ["https://*.agents.example/client", "https://a1.agentsXexample/client", false],
    ["https://agents.example/*", "https://agents.example/a/b", false],
    ["https://agents.example/*", "https://agents.example/..", false],
    ["https://agents.example/*", "https://agents.example/a\n", false],
    ["bot-*", "xbot-1", false],
    ["bot-*", "bot-", false],
    ["a.b*", "aXb1", false],
  ])("of %s is for %j: %s", (pattern, client, expected) => {
    expect(clientPattern(pattern).test(client)).toBe(expected);
  });

  it("of a pattern is not for a client id that would take long to match", () => {
    const simulator = simulatorOf({
      ...FILES,
      "clients.yaml": FILES["clients.yaml"]?.replace("b*-1", "b*a*c") ?? "",
    });
    const started = process.cpuUsage();
    const of = (length: number) => decider(simulator)({ ...BOSS, client_id: `b${"a".repeat(length)}c` });
    expect([of(400).length, of(4_000).length]).toEqual([1, 0]);
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  });

  it("is rejected with an item that a reader does not understand", () => {
    const items = buildOf(policiesOf(FILES)).items;
    const issuer = items.find(({ sk }) => sk === "ISSUER#main") ?? {};
    const broken = [
      { ...issuer, needs: ["clients", "delegates-of-tomorrow"] },
      { ...issuer, ceilings: { default: { routes: [] } } },
      { ...issuer, ceilings: { default: { routes: [] }, clients: { "*a*a*": { routes: [] } } } },
      { ...issuer, ceilings: { default: { routes: ["GET"] }, clients: {} } },
    ];
    for (const item of broken)
      expect(() => readCatalogue([item]).issuers.get(issuerName("main"))).toThrow(InternalError);
    const tenant = items.find(({ sk }) => sk === "TENANT") ?? {};
    expect(() => readTenant({ ...tenant, clients: { main: { clients: { web: "all" } } } })).toThrow(
      InternalError,
    );
  });

  describe("at the gateway", () => {
    const stacks: Running[] = [];
    afterAll(async () => {
      for (const { stack } of stacks) await stack.close();
    });
    const start = async (files: FileTexts): Promise<Running> => {
      const running = await runStack(policiesOf(files), "token");
      stacks.push(running);
      return running;
    };
    const statuses = async (
      running: Running,
      { sub, tenant, roles, scope, ...claims }: Record<string, unknown>,
    ) => {
      const token = await running.token({
        subject: String(sub),
        tenants: [String(tenant)],
        roles: roles as string[],
        scopes: String(scope ?? "")
          .split(" ")
          .filter((one) => one !== ""),
        // The provider names a client by itself.
        claims: { client_id: undefined, ...claims },
      });
      const found: [string, number][] = [];
      for (const request of REQUESTS)
        found.push([request, (await running.send({ line: request, token })).status]);
      return new Map(found);
    };

    it("holds through the bundle: the third folder is the intersection of the others", async () => {
      const [random] = fc.sample(folder, { numRuns: 1, seed: 2 });
      if (random === undefined) throw new Error("There is no folder");
      const [person, ceiling, both] = await Promise.all(foldersOf(random).map(start));
      if (person === undefined || ceiling === undefined || both === undefined) throw new Error("No stack");
      const counts = new Map<number, number>();
      for (const one of fc.sample(triple, { numRuns: draws(500, 12), seed: 27 })) {
        const payload = payloadOf(one);
        const [alone, most, found] = [
          await statuses(person, payload),
          await statuses(ceiling, payload),
          await statuses(both, payload),
        ];
        for (const [request, status] of found) {
          expect([request, status]).toEqual([
            request,
            alone.get(request) === 200 && most.get(request) === 200 ? 200 : 403,
          ]);
          counts.set(status, (counts.get(status) ?? 0) + 1);
        }
      }
      expect([...counts.keys()].sort()).toEqual([200, 403]);
    });

    it("is not escaped by an agent that reuses the cached answer for the person, nor by the person's for the agent", async () => {
      const running = await start(FILES);
      const whole = async (claims: Record<string, unknown>) =>
        statuses(running, { ...BOSS, client_id: "web", ...claims });
      const [jti, request] = ["one", "PUT /documents/42"];
      const acts = [
        undefined,
        { sub: "reader" },
        { sub: "unknown" },
        undefined,
        { sub: "reader", act: { sub: "x" } },
      ];
      for (const _ of [1, 2])
        for (const act of acts) {
          const found = await whole({ jti, ...(act !== undefined && { act }) });
          expect([act, found.get(request)]).toEqual([act, act === undefined ? 200 : 403]);
          expect([act, found.get("GET /documents/42")]).toEqual([act, act?.sub === "unknown" ? 403 : 200]);
        }
      const person = await running.token({
        subject: "ann",
        tenants: ["acme"],
        roles: ["boss"],
        client: "web",
      });
      const agent = await running.token({
        ...{ subject: "ann", tenants: ["acme"], roles: ["boss"], client: "web" },
        claims: { act: { sub: "reader" } },
      });
      expect((await running.send({ line: request, token: person })).status).toBe(200);
      for (const headers of [
        [`Authorization: Bearer ${person}`],
        [`authorization: bearer ${person}`],
        [`X-Authorization: Bearer ${person}`],
      ])
        expect((await running.send({ line: request, token: agent, headers })).status).not.toBe(200);
    });

    it("is not escaped by the cached answer for the same person's other client", async () => {
      const running = await start(FILES);
      const by = (client: string) => statuses(running, { ...BOSS, client_id: client });
      for (const _ of [1, 2]) {
        expect((await by("web")).get("PUT /documents/42")).toBe(200);
        expect((await by("agent")).get("PUT /documents/42")).toBe(403);
        expect((await by("agent")).get("GET /documents/42")).toBe(200);
        expect((await by("unknown")).get("GET /documents/42")).toBe(403);
      }
    });
  });
});
