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
import { FakeIssuer, makeSigner, type Signer, sign } from "../../support/fake-issuer.ts";
import { startTable, TABLE_NAME } from "../../support/fake-table.ts";
import {
  claims,
  clock,
  event,
  ITEMS,
  issuerFields,
  LAYOUT,
  ROLE,
  TENANT,
  trust,
} from "../../support/fixtures.ts";

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
const mark = (changes: Item = {}): Item => ({
  pk: "SHADOW#CATALOGUE",
  sk: "CANDIDATE",
  owner: "shadow",
  state: "c1",
  routes: ROUTES,
  ...changes,
});
const shadowed = (item: Item): Item => ({ ...item, pk: SHADOW_PREFIX + String(item["pk"]), owner: "shadow" });
const put = async (...items: Item[]): Promise<void> => void (await Promise.all(items.map(table.put)));
const candidate = (...items: Item[]): Promise<void> => put(mark(), ...items.map(shadowed));

/** An authorizer with or without a shadow, on one table; its lines and answers. */
function harness(shadow: boolean, wrap?: (reader: ItemReader) => ItemReader) {
  const { now } = clock();
  const lines: Record<string, unknown>[] = [];
  const live = dynamodbReader(table.reading, TABLE_NAME);
  const beside = shadowReader(wrap?.(live) ?? live, LAYOUT);
  const authorizer = createAuthorizer({
    trust: trust(issuer.url),
    layout: LAYOUT,
    table: permissionsTable({ reader: live, ttlSeconds: 30, now }),
    now,
    log: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    metrics: embeddedMetrics({ functionName: "authorizer", metrics: "off", refreshes: keyRefreshes() }),
    shadow: shadow
      ? createShadow(
          {
            ...permissionsTable({ reader: beside, ttlSeconds: 30, now }),
            candidate: beside.candidate,
          },
          // A busy machine may take long to read what is there.
          wrap === undefined ? 10_000 : undefined,
        )
      : undefined,
  });
  return { authorizer, lines };
}

/** The answer's text and the line, with the answer of an authorizer without a shadow compared. */
async function decided(
  changes: Record<string, unknown> = {},
  wrap?: (reader: ItemReader) => ItemReader,
): Promise<Record<string, unknown>> {
  const request = event(`Bearer ${await sign(signer, claims(issuer.url, changes))}`);
  const [plain, watched] = [harness(false), harness(true, wrap)];
  const [expected, answer] = [await plain.authorizer(request), await watched.authorizer(request)];
  expect(JSON.stringify(answer)).toBe(JSON.stringify(expected));
  expect(JSON.stringify(answer)).not.toMatch(/shadow|candidate/i);
  const [{ shadow, _aws, FunctionName, ShadowDifferences, ...line } = {}] = watched.lines;
  expect(line).toEqual(plain.lines[0]);
  return { shadow, ShadowDifferences };
}

test("what the candidate would add and take away is in the decision's line, counted, and in no answer", async () => {
  await candidate(issuerFields(), { ...ROLE, grants: ["DELETE /documents/{documentId}"] }, TENANT);
  expect(await decided()).toEqual({
    shadow: {
      candidate: "c1",
      gained: ["DELETE /documents/{documentId}"],
      lost: ["GET /documents/{documentId}"],
    },
    ShadowDifferences: 1,
  });
});

test("a candidate that decides the same is told and not counted", async () => {
  await candidate(...ITEMS);
  expect(await decided()).toEqual({
    shadow: { candidate: "c1", gained: [], lost: [] },
    ShadowDifferences: undefined,
  });
});

test("a candidate that refuses everything says why", async () => {
  await candidate(issuerFields(), ROLE);
  expect(await decided()).toMatchObject({
    shadow: { lost: ["GET /documents/{documentId}"], reason: "unknown_tenant" },
  });
});

test("a caller who is refused now, and would not be, is a gain", async () => {
  await candidate(issuerFields(), { ...ROLE, sk: "ROLE#writer", name: "writer" }, TENANT);
  expect(await decided({ roles: ["writer"] })).toMatchObject({
    shadow: { gained: ["GET /documents/{documentId}"], lost: [] },
  });
});

test("the candidate's issuers read the claims: another claim of roles is another decision", async () => {
  const other = { tenant: ["tenant"], roles: ["groups"], scopes: ["scope"], subject: ["sub"] };
  await candidate(issuerFields({ claims: other }), ROLE, TENANT);
  expect(await decided()).toMatchObject({
    shadow: { lost: ["GET /documents/{documentId}"], reason: "no_role" },
  });
  expect(await decided({ groups: ["viewer"] })).toMatchObject({ shadow: { gained: [], lost: [] } });
});

test("a binding that is narrowed is a loss, and one that is widened a gain", async () => {
  const bound = { ...ROLE, grants: ["GET /documents/{documentId} where documentId=subject"] };
  await candidate(issuerFields(), bound, TENANT);
  expect(await decided()).toMatchObject({ shadow: { gained: [], lost: ["GET /documents/{documentId}"] } });
  await put(bound, shadowed(ROLE));
  expect(await decided()).toMatchObject({ shadow: { gained: ["GET /documents/{documentId}"], lost: [] } });
});

test("a tenant of sign-up is decided by its live item, a tenant that files no longer have by none", async () => {
  await candidate(issuerFields(), ROLE);
  await put({ ...TENANT, owner: "runtime" });
  expect(await decided()).toMatchObject({ shadow: { gained: [], lost: [] } });
  await put({ ...TENANT, owner: "files" });
  expect(await decided()).toMatchObject({ shadow: { reason: "unknown_tenant" } });
});

test("a live revocation holds for the candidate", async () => {
  await candidate(...ITEMS);
  await put({
    pk: tenantKey("acme"),
    sk: "REVOKED#TOKEN#token-1",
    v: 1,
    owner: "runtime",
    until: 9_999_999_999,
  });
  expect(await decided()).toMatchObject({ shadow: { gained: [], lost: [] } });
});

test.each([
  ["with an item that cannot be read", [mark(), shadowed({ ...ROLE, grants: "all" })], "item_invalid"],
  ["of a later version", [mark(), ...ITEMS.map((item) => shadowed({ ...item, v: 2 }))], "item_invalid"],
  ["with other routes", [mark({ routes: "null\nGET /" }), ...ITEMS.map(shadowed)], "layout_mismatch"],
])("a candidate %s changes no answer, and the line has the error", async (_, items, error) => {
  await put(...items);
  expect(await decided()).toEqual({ shadow: { error }, ShadowDifferences: undefined });
});

test("a table without a candidate, or with a part of one, has nothing to tell", async () => {
  expect(await decided()).toEqual({ shadow: undefined, ShadowDifferences: undefined });
  await put(...ITEMS.map(shadowed));
  expect(await decided()).toEqual({ shadow: undefined, ShadowDifferences: undefined });
});

test("a candidate whose reads hang or fail holds up no answer", async () => {
  const never = (): Promise<Item[]> => new Promise(() => undefined);
  expect(await decided({}, () => ({ catalogue: never, items: never }))).toMatchObject({
    shadow: { error: "late" },
  });
  const fails = (): Promise<Item[]> => Promise.reject(new TypeError("broken"));
  expect(await decided({}, () => ({ catalogue: fails, items: fails }))).toMatchObject({
    shadow: { error: "internal_error" },
  });
});

test("a bad token is a 401 with nothing of the candidate in its line", async () => {
  await candidate(...ITEMS);
  const { authorizer, lines } = harness(true);
  await expect(authorizer(event("Bearer a.b.c"))).rejects.toThrow(/^Unauthorized$/);
  expect(lines[0]).not.toHaveProperty("shadow");
});
