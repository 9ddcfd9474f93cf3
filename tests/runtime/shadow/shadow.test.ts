import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { SHADOW_PREFIX } from "../../../core/decision/shadow.ts";
import { type Item, tenantKey } from "../../../core/model/items.ts";
import { createAuthorizer } from "../../../lambdas/authorizer/create-authorizer.ts";
import { createShadow } from "../../../runtime/shadow/shadow.ts";
import { shadowReader } from "../../../runtime/shadow/shadow-reader.ts";
import { dynamodbReader, type ItemReader } from "../../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { keyRefreshes } from "../../../runtime/telemetry/key-refreshes.ts";
import { embeddedMetrics } from "../../../runtime/telemetry/metrics.ts";
import { localTrust, TABLE_NAME } from "../../support/configuration.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../../support/fake-issuer.ts";
import { startTable } from "../../support/fake-table.ts";
import { claims, clock, event, ITEMS, issuerFields, LAYOUT, ROLE, TENANT } from "../../support/fixtures.ts";

let signer: Signer;
let issuer: FakeIssuer;
let table: Awaited<ReturnType<typeof startTable>>;

beforeAll(async () => {
  signer = await makeSigner("k1");
});
beforeEach(async () => {
  [issuer, table] = await Promise.all([FakeIssuer.start(signer), startTable(ITEMS)]);
});
afterEach(async () => {
  await Promise.all([issuer.stop(), table.stop()]);
});

const ROUTES = "null\nDELETE /documents/{documentId}\nGET /documents/{documentId}";
const candidateItem = (changes: Item = {}): Item => ({
  pk: "SHADOW#CATALOGUE",
  sk: "CANDIDATE",
  owner: "shadow",
  state: "c1",
  routes: ROUTES,
  ...changes,
});
const shadowed = (item: Item): Item => ({ ...item, pk: SHADOW_PREFIX + String(item["pk"]), owner: "shadow" });
const put = async (...items: Item[]): Promise<void> => void (await Promise.all(items.map(table.put)));
const putCandidate = (...items: Item[]): Promise<void> => put(candidateItem(), ...items.map(shadowed));

/** Creates an authorizer on the table, with or without a shadow, and collects its log lines. */
function harness(shadow: boolean, wrap?: (reader: ItemReader) => ItemReader) {
  const { now } = clock();
  const lines: Record<string, unknown>[] = [];
  const live = dynamodbReader(table.reading, TABLE_NAME);
  const shadowItems = shadowReader(wrap?.(live) ?? live, LAYOUT);
  const authorizer = createAuthorizer({
    trust: localTrust({ issuers: [{ url: issuer.url }] }),
    layout: LAYOUT,
    table: permissionsTable({ reader: live, ttlSeconds: 30, now }),
    now,
    log: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    metrics: embeddedMetrics({ functionName: "authorizer", metrics: "off", refreshes: keyRefreshes() }),
    shadow: shadow
      ? createShadow(
          {
            ...permissionsTable({ reader: shadowItems, ttlSeconds: 30, now }),
            candidate: shadowItems.candidate,
          },
          // On a busy machine the reads may take long.
          wrap === undefined ? 10_000 : undefined,
        )
      : undefined,
  });
  return { authorizer, lines };
}

/** Decides with and without a shadow, compares the responses, and returns the line's fields of the shadow. */
async function decideWithShadow(
  changes: Record<string, unknown> = {},
  wrap?: (reader: ItemReader) => ItemReader,
): Promise<Record<string, unknown>> {
  const request = event(`Bearer ${await sign(signer, claims(issuer.url, changes))}`);
  const [plain, shadowed] = [harness(false), harness(true, wrap)];
  const [expected, response] = [await plain.authorizer(request), await shadowed.authorizer(request)];
  expect(JSON.stringify(response)).toBe(JSON.stringify(expected));
  expect(JSON.stringify(response)).not.toMatch(/shadow|candidate/i);
  const [{ shadow, _aws, FunctionName, ShadowDifferences, ...line } = {}] = shadowed.lines;
  expect(line).toEqual(plain.lines[0]);
  return { shadow, ShadowDifferences };
}

test("what the candidate would allow and deny is in the decision's line and counted, but not in the response", async () => {
  await putCandidate(issuerFields(), { ...ROLE, grants: ["DELETE /documents/{documentId}"] }, TENANT);
  expect(await decideWithShadow()).toEqual({
    shadow: {
      candidate: "c1",
      gained: ["DELETE /documents/{documentId}"],
      lost: ["GET /documents/{documentId}"],
      check: "role_grants",
    },
    ShadowDifferences: 1,
  });
});

test("a candidate that decides the same is logged but not counted", async () => {
  await putCandidate(...ITEMS);
  expect(await decideWithShadow()).toEqual({
    shadow: { candidate: "c1", gained: [], lost: [] },
    ShadowDifferences: undefined,
  });
});

test("a candidate that denies everything has a reason", async () => {
  await putCandidate(issuerFields(), ROLE);
  expect(await decideWithShadow()).toMatchObject({
    shadow: { lost: ["GET /documents/{documentId}"], reason: "unknown_tenant", check: "tenant" },
  });
});

test("a caller who is denied now, and would be allowed, is a gain", async () => {
  await putCandidate(issuerFields(), { ...ROLE, sk: "ROLE#writer", name: "writer" }, TENANT);
  expect(await decideWithShadow({ roles: ["writer"] })).toMatchObject({
    shadow: { gained: ["GET /documents/{documentId}"], lost: [] },
  });
});

test("the candidate's issuers decide how claims are read, such as the claim with the roles", async () => {
  const other = { tenant: ["tenant"], roles: ["groups"], scopes: ["scope"], subject: ["sub"] };
  await putCandidate(issuerFields({ claims: other }), ROLE, TENANT);
  expect(await decideWithShadow()).toMatchObject({
    shadow: { lost: ["GET /documents/{documentId}"], reason: "no_role" },
  });
  expect(await decideWithShadow({ groups: ["viewer"] })).toMatchObject({ shadow: { gained: [], lost: [] } });
});

test("a candidate that cannot read the caller from the token names the check that denies", async () => {
  const other = { tenant: ["org"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] };
  await putCandidate(issuerFields({ claims: other }), ROLE, TENANT);
  expect(await decideWithShadow()).toMatchObject({ shadow: { reason: "no_tenant", check: "tenant_claim" } });
});

test("a candidate without the token's issuer names the check that denies", async () => {
  await putCandidate(ROLE, TENANT);
  expect(await decideWithShadow()).toMatchObject({
    shadow: { reason: "issuer_not_allowed", check: "issuer" },
  });
});

test("a binding that is narrowed is a loss, and one that is widened a gain", async () => {
  const bound = { ...ROLE, grants: ["GET /documents/{documentId} where documentId=subject"] };
  await putCandidate(issuerFields(), bound, TENANT);
  expect(await decideWithShadow()).toMatchObject({
    shadow: { gained: [], lost: ["GET /documents/{documentId}"] },
  });
  await put(bound, shadowed(ROLE));
  expect(await decideWithShadow()).toMatchObject({
    shadow: { gained: ["GET /documents/{documentId}"], lost: [] },
  });
});

test("a run-time tenant is decided by its live item, and a tenant that was removed from the files by no item", async () => {
  await putCandidate(issuerFields(), ROLE);
  await put({ ...TENANT, owner: "runtime" });
  expect(await decideWithShadow()).toMatchObject({ shadow: { gained: [], lost: [] } });
  await put({ ...TENANT, owner: "files" });
  expect(await decideWithShadow()).toMatchObject({ shadow: { reason: "unknown_tenant" } });
});

test("a live revocation applies to the candidate too", async () => {
  await putCandidate(...ITEMS);
  await put({
    pk: tenantKey("acme"),
    sk: "REVOKED#TOKEN#token-1",
    generation: "g1",
    v: 1,
    owner: "runtime",
    until: 9_999_999_999,
  });
  expect(await decideWithShadow()).toMatchObject({ shadow: { gained: [], lost: [] } });
});

test.each([
  [
    "with an item that cannot be read",
    [
      candidateItem(),
      ...ITEMS.map((item) => shadowed(item["sk"] === ROLE["sk"] ? { ...item, grants: "all" } : item)),
    ],
    "item_invalid",
  ],
  [
    "of a later version",
    [candidateItem(), ...ITEMS.map((item) => shadowed({ ...item, v: 2 }))],
    "item_invalid",
  ],
  [
    "with other routes",
    [candidateItem({ routes: "null\nGET /" }), ...ITEMS.map(shadowed)],
    "layout_mismatch",
  ],
])("a candidate %s does not change the response, and the line has the error", async (_, items, error) => {
  await put(...items);
  expect(await decideWithShadow()).toEqual({ shadow: { error }, ShadowDifferences: undefined });
});

test("a table without a candidate, or with an incomplete one, logs nothing about it", async () => {
  expect(await decideWithShadow()).toEqual({ shadow: undefined, ShadowDifferences: undefined });
  await put(...ITEMS.map(shadowed));
  expect(await decideWithShadow()).toEqual({ shadow: undefined, ShadowDifferences: undefined });
});

test("a candidate whose reads hang or fail does not delay the response", async () => {
  const never = (): Promise<Item[]> => new Promise(() => undefined);
  expect(await decideWithShadow({}, () => ({ catalogue: never, items: never }))).toMatchObject({
    shadow: { error: "late" },
  });
  const fails = (): Promise<Item[]> => Promise.reject(new TypeError("broken"));
  expect(await decideWithShadow({}, () => ({ catalogue: fails, items: fails }))).toMatchObject({
    shadow: { error: "internal_error" },
  });
});

test("an invalid token is a 401, and its line has nothing about the candidate", async () => {
  await putCandidate(...ITEMS);
  const { authorizer, lines } = harness(true);
  await expect(authorizer(event("Bearer a.b.c"))).rejects.toThrow(/^Unauthorized$/);
  expect(lines[0]).not.toHaveProperty("shadow");
});
