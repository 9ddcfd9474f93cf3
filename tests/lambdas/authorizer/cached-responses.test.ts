import { beforeAll, expect, test } from "vitest";
import type { Item } from "../../../core/model/items.ts";
import { type LayoutData, readLayout, stageVariables } from "../../../core/model/layout.ts";
import type { AuthorizerResponse } from "../../../core/policy/authorizer-response.ts";
import { createAuthorizer } from "../../../lambdas/authorizer/create-authorizer.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { makeSigner, type Signer, sign } from "../../support/fake-issuer.ts";
import {
  claims,
  clock,
  event,
  issuerFields,
  LAYOUT_DATA,
  ROLE,
  SECONDS,
  TENANT,
  trust,
} from "../../support/fixtures.ts";

const ISSUER = "https://issuer.example.com";
const ARN = "arn:aws:execute-api:eu-central-1:123456789012:abcdef/prod";
let signer: Signer;
let other: Signer;
beforeAll(async () => {
  [signer, other] = await Promise.all([makeSigner("k1", "ES256"), makeSigner("k2", "ES256")]);
});

const ITEMS = (): Item[] => [issuerFields(), ROLE, TENANT];

/** An authorizer on items that a test may change, with keys that it may change, by a clock of its own. */
function harness(items = ITEMS(), layoutData = LAYOUT_DATA, ttlSeconds = 30) {
  const { now, advance } = clock();
  const keys = [signer.jwk];
  const lines: Readonly<Record<string, unknown>>[] = [];
  const layout = readLayout(layoutData);
  const reader = {
    catalogue: () => Promise.resolve(items.filter(({ pk }) => pk === "CATALOGUE")),
    items: (asked: readonly { pk: string; sk: string }[]) =>
      Promise.resolve(
        items.filter((item) => asked.some(({ pk, sk }) => item["pk"] === pk && item["sk"] === sk)),
      ),
  };
  /** Runs before the issuer answers. */
  const issuer = { answers: (): void => undefined };
  const authorizer = createAuthorizer({
    trust: trust(ISSUER, {}, ["ES256"]),
    layout,
    table: permissionsTable({ reader, ttlSeconds, now }),
    now,
    log: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    async getJson(url) {
      issuer.answers();
      return url.endsWith("/jwks") ? { keys: [...keys] } : { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` };
    },
  });
  const ask = (token: string, changes: Parameters<typeof event>[1] = {}) =>
    authorizer(
      event(`Bearer ${token}`, { stageVariables: stageVariables(layout), ...changes }),
    ) as Promise<AuthorizerResponse>;
  /** Twice: what is remembered is the answer to a token that came again. */
  const askAgain = async (...asked: Parameters<typeof ask>) => {
    await ask(...asked);
    return ask(...asked);
  };
  return { ask, askAgain, advance, items, keys, issuer, lines };
}

const token = (changes: Record<string, unknown> = {}) => sign(signer, claims(ISSUER, changes));
const effects = ({ policyDocument }: AuthorizerResponse) =>
  policyDocument.Statement.map(({ Effect }) => Effect);
const replace = (items: Item[], sk: string, changes: Item): void => {
  const at = items.findIndex((item) => item["sk"] === sk);
  items[at] = { ...items[at], ...changes };
};

test("the same token in the same place gets the same answer, and a line that says so", async () => {
  const { ask, lines } = harness();
  const one = await token();
  const [first, second] = [await ask(one), await ask(one)];
  expect(second).toEqual(first);
  expect(await ask(one)).toBe(second);
  expect(lines[2]).toMatchObject({ outcome: "allow", tokenCached: true, permissionsCached: true });
  expect(lines[2]).toEqual(lines[1]);
  expect({ ...lines[2], tokenCached: false, permissionsCached: false, coldStart: true }).toEqual(lines[0]);
});

test("a token that ends is refused, however often it was let in", async () => {
  const { ask, advance } = harness(ITEMS(), LAYOUT_DATA, 3_600);
  const one = await token({ exp: SECONDS + 5 });
  await ask(one);
  await ask(one);
  advance(36_000);
  await expect(ask(one)).rejects.toThrow("Unauthorized");
});

test("an answer holds no longer than what was read for it", async () => {
  const { ask, askAgain, advance, items } = harness();
  const one = await token();
  await askAgain(one);
  replace(items, "TENANT", { status: "suspended", hash: "other" });
  advance(29_000);
  expect(effects(await ask(one))).toContain("Allow");
  advance(1_000);
  expect((await ask(one)).context).toMatchObject({ reason: "tenant_suspended" });
});

test("nor longer than the catalogue, which was read before the tenant", async () => {
  const globex = { ...TENANT, pk: "TENANT#globex", id: "globex" };
  const { ask, askAgain, advance, items } = harness([...ITEMS(), globex]);
  await ask(await token());
  advance(20_000);
  const one = await token({ tenant: "globex" });
  await askAgain(one);
  replace(items, "ROLE#viewer", { grants: ["DELETE /documents/{documentId}"], hash: "other" });
  advance(11_000);
  const { policyDocument } = await ask(one);
  expect(policyDocument.Statement[0]?.Resource).toEqual([`${ARN}/DELETE/documents/?*`]);
});

test("an answer falls with the key that its token was signed by, and keeps no old keys from being fetched anew", async () => {
  const { ask, askAgain, advance, keys } = harness(ITEMS(), LAYOUT_DATA, 3_600);
  await ask(await token({ jti: "first" }));
  const one = await token({ exp: SECONDS + 3_600 });
  advance(9 * 60_000);
  await askAgain(one);
  keys.splice(0, 1, other.jwk);
  advance(9.5 * 60_000);
  expect(effects(await ask(one))).toContain("Allow");
  await new Promise(setImmediate);
  await expect(ask(one)).rejects.toThrow("Unauthorized");
});

test("an answer that two states of the catalogue had a part in is not given again", async () => {
  const { ask, advance, items, issuer } = harness();
  const one = await token({ exp: SECONDS + 7_200, groups: [] });
  await ask(await token({ jti: "first" }));
  issuer.answers = () => {
    throw new Error("unreachable");
  };
  advance(15 * 60_000);
  await ask(one);
  advance(6 * 60_000);
  // The keys are overdue by now, so the request waits for them, and its catalogue grows old meanwhile.
  issuer.answers = () => {
    issuer.answers = () => undefined;
    advance(31_000);
    const claims = { tenant: ["tenant"], roles: ["groups"], scopes: ["scope"], subject: ["sub"] };
    replace(items, "ISSUER#main", { claims, hash: "other" });
  };
  expect(effects(await ask(one))).toContain("Allow");
  expect((await ask(one)).context).toMatchObject({ reason: "no_role" });
});

test("what ends by the clock is decided anew each time", async () => {
  const member = { pk: "TENANT#acme", sk: "MEMBER#main#ann", v: 1, hash: "m" };
  const { ask, askAgain, advance } = harness([
    issuerFields({ memberships: "instead" }),
    ROLE,
    TENANT,
    { ...member, roles: [{ role: "viewer", until: SECONDS + 10 }] },
  ]);
  const one = await token();
  expect(effects(await askAgain(one))).toContain("Allow");
  advance(11_000);
  expect((await ask(one)).context).toMatchObject({ reason: "no_role" });
});

test("another place is another answer", async () => {
  const { ask, askAgain, lines } = harness();
  const one = await token();
  await askAgain(one);
  const stage = { methodArn: `${ARN.replace("/prod", "/dev")}/GET/documents/42` };
  expect((await ask(one, stage)).policyDocument.Statement[0]?.Resource).toEqual([
    `${ARN.replace("/prod", "/dev")}/GET/documents/?*`,
  ]);
  await ask(one, { httpMethod: "DELETE", methodArn: `${ARN}/DELETE/documents/42` });
  expect(lines.map((line) => line["route"])).toEqual([
    "GET /documents/{documentId}",
    "GET /documents/{documentId}",
    "GET /documents/{documentId}",
    "DELETE /documents/{documentId}",
  ]);
});

test("another tenant that the request selects is another answer", async () => {
  const globex = { ...TENANT, pk: "TENANT#globex", id: "globex" };
  const { ask, askAgain } = harness([issuerFields(), ROLE, TENANT, globex], {
    ...LAYOUT_DATA,
    tenantSelector: { header: "X-Tenant" },
  });
  const one = await token({ tenant: ["acme", "globex"], roles: { acme: ["viewer"], globex: ["viewer"] } });
  const as = async (tenant: string) => {
    const headers = { Authorization: `Bearer ${one}`, "X-Tenant": tenant };
    await askAgain(one, { headers, multiValueHeaders: {} });
    return (await ask(one, { headers, multiValueHeaders: {} })).context["tenantId"];
  };
  expect([await as("acme"), await as("globex"), await as("acme")]).toEqual(["acme", "globex", "acme"]);
});

test("where several routes could be the request's, no answer to one ARN is taken for another's", async () => {
  const { ask, askAgain } = harness([issuerFields(), { ...ROLE, grants: ["GET /a/{x}"] }, TENANT], {
    ...LAYOUT_DATA,
    front: "rest-token",
    mode: "route",
    groups: [
      { name: "a", routes: [["GET", "/a/{x}"]], anyMethodPaths: [] },
      { name: "b", routes: [["GET", "/a/b"]], anyMethodPaths: [] },
    ],
  });
  const one = await token();
  const at = (path: string) => ({
    type: "TOKEN",
    authorizationToken: `Bearer ${one}`,
    methodArn: `${ARN}/GET${path}`,
  });
  expect(effects(await askAgain(one, at("/a/c") as never))).toContain("Allow");
  expect(effects(await ask(one, at("/a/b") as never))).toEqual(["Deny"]);
});

test.each([
  ["subjects", { sub: "ann" }, { sub: "bob" }],
  ["scopes", { scope: "docs:write" }, { scope: "docs:read" }],
  ["roles whose names have spaces", { roles: ["viewer", "writer"] }, { roles: ["viewer writer"] }],
])("callers of different %s do not get each other's policy", async (_, first, second) => {
  const bound = { ...ROLE, grants: ["GET /documents/{documentId} where documentId=subject"] };
  const writer = { ...ROLE, sk: "ROLE#writer", name: "writer", grants: ["DELETE /documents/{documentId}"] };
  const items = [issuerFields(), bound, writer, TENANT];
  const layout: LayoutData = {
    ...LAYOUT_DATA,
    groups: [
      {
        name: "a",
        routes: [
          ["GET", "/documents/{documentId}"],
          ["DELETE", "/documents/{documentId}", "docs:write"],
        ],
        anyMethodPaths: [],
      },
    ],
  };
  const base = { roles: ["viewer", "writer"] };
  const alone = (changes: object) =>
    token({ ...base, ...changes }).then((one) => harness(items, layout).ask(one));
  const together = harness(items, layout);
  for (const changes of [first, second]) {
    const { policyDocument } = await together.ask(await token({ ...base, ...changes }));
    expect(policyDocument).toEqual((await alone(changes)).policyDocument);
  }
  expect((await alone(first)).policyDocument).not.toEqual((await alone(second)).policyDocument);
});

test("callers who may do the same get the same policy, whatever scopes they have that no route needs", async () => {
  const { ask } = harness();
  const one = await ask(await token({ sub: "ann", scope: "openid" }));
  const other = await ask(await token({ sub: "bob", scope: "openid email" }));
  expect(other.policyDocument).toBe(one.policyDocument);
  expect(other.context["scopes"]).toBe("email openid");
});

test("of a token the answers in its last eight places are kept", async () => {
  const { ask, askAgain } = harness();
  const one = await token();
  const at = (stage: number) => ({ methodArn: `${ARN.replace("/prod", `/s${stage}`)}/GET/documents/42` });
  const first = await askAgain(one, at(0));
  for (const stage of [1, 2, 3, 4, 5, 6, 7]) await askAgain(one, at(stage));
  expect(await ask(one, at(0))).toBe(first);
  await ask(one, at(8));
  expect(await ask(one, at(0))).not.toBe(first);
});
