import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { access } from "../../cli/commands/policies/access.ts";
import { grant } from "../../cli/commands/run-time/grant.ts";
import { issuer } from "../../cli/commands/run-time/issuer.ts";
import { revoke } from "../../cli/commands/run-time/revoke.ts";
import { tenant } from "../../cli/commands/run-time/tenant.ts";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import type { AccessDocument, AccessRoute } from "../../core/decision/access.ts";
import type { ApiType } from "../../core/model/layout.ts";
import type { Route } from "../../core/model/route.ts";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import { guardedRoutes } from "../../core/policy-files/model/operation.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import { runVerb } from "../cli/run-verb.ts";
import { pick, randomFrom } from "../oracle/naive-requests.ts";
import { draws } from "../support/draws.ts";
import { type Received, type Running, runStack, send } from "./running.ts";
import type { TokenRecipe } from "./tokens.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-access-"));
let policies: PolicySet;
beforeAll(() => {
  cpSync("policies", folder, { recursive: true });
  const api = readFileSync(join(folder, "api.yaml"), "utf8");
  writeFileSync(
    join(folder, "api.yaml"),
    api.replace("x-portcullis:\n", "x-portcullis:\n  access: { path: /access }\n"),
  );
  const loaded = loadPolicyFolder(folder, "dev").policies;
  if (loaded === undefined) throw new Error("The sample has errors");
  policies = loaded;
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

type Front = readonly [apiType: ApiType, cache: CacheFlag];
const FRONTS: readonly Front[] = [
  ["rest", "token"],
  ["rest-token", "off"],
  ["http-simple", "route"],
  ["rest", "route"],
  ["rest", "off"],
  ["http-simple", "off"],
  ["http-iam", "route"],
];

const web = { client: "quill-web" };
const CALLERS: readonly TokenRecipe[] = [
  { tenants: ["acme"], roles: ["viewer"], subject: "ann", ...web },
  { tenants: ["acme"], roles: ["editor", "accountant"], subject: "a/b", ...web },
  { tenants: ["acme"], roles: ["admin"], scopes: ["docs:write"], ...web },
  { tenants: ["hooli"], roles: ["admin", "editor"], scopes: ["docs:write"], subject: "x@y", ...web },
  { tenants: ["globex"], roles: ["admin"], scopes: ["docs:write"], client: "quill-assistant" },
  { tenants: ["globex"], roles: ["nobody-has-this"], ...web },
  { tenants: ["initech"], roles: ["admin"], ...web },
  { tenants: ["nowhere"], roles: ["admin"], ...web },
  { tenants: ["acme", "globex"], roles: ["admin"], ...web },
  { tenants: ["globex"], roles: ["viewer"], issuer: "acme-okta" },
];

/** Draws callers with more combinations of tenant, roles, scopes, subject and client. */
function randomCallers(count: number): TokenRecipe[] {
  const random = randomFrom(20_261_201);
  return Array.from({ length: count }, () => ({
    tenants: [pick(random, ["acme", "globex", "hooli"])],
    roles: ["viewer", "editor", "admin", "accountant", "auditor"].filter(() => random() < 0.3),
    scopes: pick(random, [[], ["docs:write"]]),
    subject: pick(random, ["ann", "~", "a:b,c", "%2F", "zoë"]),
    client: pick(random, ["quill-web", "quill-web", "quill-assistant", "unknown"]),
  }));
}

const tokenOf = async ({ stack }: Running, { issuer: name = "main", ...request }: TokenRecipe) =>
  (await stack.provider(name)?.mint(request)) ?? "";

/** The path of a request, with these values; the sample's search needs its query. */
const pathOf = ({ path }: Pick<Route, "path">, values: Values, other: string) =>
  path.replace(/\{(\w+)\+?\}/g, (_, name: string) => encodeURIComponent(values[name] ?? other)) +
  (path.endsWith("/search") ? "?q=x" : "");

/** Returns the values with which to call a route: what it lists, the caller's own, and somebody else's. */
const tries = (listed: AccessRoute | undefined, { subject = "local-user", tenants }: TokenRecipe) => [
  ...(listed?.where ?? []),
  { userId: subject, orgId: tenants?.[0] ?? "" },
  {},
];

const satisfies = (listed: AccessRoute | undefined, values: Values): boolean =>
  listed !== undefined &&
  (listed.where === undefined ||
    listed.where.some((one) => Object.entries(one).every(([name, value]) => values[name] === value)));

const OTHER = "somebody-else";

async function compareAll(running: Running, caller: TokenRecipe): Promise<Received> {
  const token = await tokenOf(running, caller);
  const answer = await send(running, { path: "/access", token });
  const access = answer.status === 200 ? (answer.body as unknown as AccessDocument) : undefined;
  if (access === undefined) expect(answer.status).toBe(403);
  const cells = guardedRoutes(policies.api).flatMap((route) => {
    const listed = access?.routes.find(({ method, path }) => `${method} ${path}` === route.key);
    const allowed = (values: Values): boolean =>
      satisfies(listed, { userId: OTHER, orgId: OTHER, ...values });
    const byPath = new Map(
      tries(listed, caller).map((values) => [pathOf(route, values, OTHER), allowed(values)] as const),
    );
    return [...byPath].map(([path, isAllowed]) => ({ method: route.method, path, isAllowed }));
  });
  const found: typeof cells = [];
  // One after the other, because requests at the same time would each start a worker.
  for (const { method, path } of cells) {
    const { status, body } = await send(running, { method, path, token });
    if (access === undefined) expect(withoutId(body)).toEqual(withoutId(answer.body));
    found.push({ method, path, isAllowed: status === 200 });
  }
  expect(found, JSON.stringify(caller)).toEqual(cells);
  return answer;
}

type Values = Readonly<Record<string, string>>;

const withoutId = (body: Received["body"]): object => {
  const { error, ...rest } = body;
  return { ...rest, ...(error !== undefined && { error: { ...(error as object), requestId: "" } }) };
};

describe.each(FRONTS.slice(0, draws(FRONTS.length, 3)))("an API of type %s in mode %s", (apiType, cache) => {
  let running: Running;
  beforeAll(async () => {
    running = await runStack({ policies: [policies], cache, apiType });
  });
  afterAll(() => running.stack.close());

  it("answers with the status that a request of each route gets", async () => {
    const listed: number[] = [];
    const isFirst = FRONTS[0]?.[0] === apiType && FRONTS[0][1] === cache;
    const known = isFirst ? CALLERS : CALLERS.slice(0, draws(CALLERS.length, 6)).slice(-4);
    for (const caller of [...known, ...randomCallers(draws(40, 1))]) {
      const { status, body } = await compareAll(running, caller);
      if (status === 200) listed.push((body as unknown as AccessDocument).routes.length);
    }
    // Some callers may do much and some nothing, so that neither answer passes by itself.
    expect(Math.max(...listed)).toBeGreaterThan(10);
    expect(Math.min(...listed)).toBe(0);
  });

  it("answers so too after a grant, a revocation, and the suspension of a tenant and of an issuer", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", running.stack.origin);
    vi.stubEnv("TABLE", "portcullis-local");
    const sue: TokenRecipe = { tenants: ["umbrella"], roles: ["viewer"], subject: "sue", ...web };
    const run = async (verb: Parameters<typeof runVerb>[0], ...args: string[]): Promise<void> => {
      expect(await runVerb(verb, ...args, "--flush", "portcullis/local")).toMatchObject({ status: 0 });
      // A new worker has no cached permissions.
      await running.stack.interrupt();
    };
    const change = async (...args: Parameters<typeof run>): Promise<Received> => {
      await run(...args);
      return compareAll(running, sue);
    };
    await run(tenant, "put", "umbrella", "--plan", "team");
    const granted = await change(
      grant,
      "--tenant",
      "umbrella",
      "--subject",
      "sue",
      "--role",
      "admin",
      "--until",
      "2h",
    );
    const until = Date.now() / 1_000 + 7_200;
    expect(granted.body).toMatchObject({
      roles: [
        { name: "admin", until: expect.closeTo(until, -2) as number },
        { name: "viewer", until: null },
      ],
    });
    const who = ["--tenant", "umbrella", "--subject", "sue"];
    const flags = [
      "--table",
      "portcullis-local",
      "--issuer",
      "main",
      "--client",
      "quill-web",
      "--role",
      "viewer",
    ];
    const printed = await runVerb(access, ...who, ...flags, "--format", "json");
    // Verbs suppose events that name the route, which those of an authorizer of type TOKEN do not.
    if (apiType !== "rest-token") expect(JSON.parse(printed.stdout)).toEqual(granted.body);
    const revoked = await change(revoke, ...who);
    expect(revoked.status).toBe(403);
    await change(revoke, "undo", ...who);
    expect((await change(tenant, "suspend", "umbrella")).status).toBe(403);
    await run(issuer, "suspend", "main");
    const path = "/access";
    const token = await tokenOf(running, sue);
    const [answer, request] = [
      await send(running, { path, token }),
      await send(running, { path: "/documents", token }),
    ];
    expect([answer.status, withoutId(answer.body)]).toEqual([request.status, withoutId(request.body)]);
    expect(request.status).toBe(401);
    await run(issuer, "reinstate", "main");
  });

  it("answers without a token as a guarded route does", async () => {
    const [answer, request] = [
      await send(running, { path: "/access" }),
      await send(running, { path: "/documents" }),
    ];
    expect([answer.status, withoutId(answer.body)]).toEqual([401, withoutId(request.body)]);
  });
});
