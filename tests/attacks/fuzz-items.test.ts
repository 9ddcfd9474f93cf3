import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { marshallItem, unmarshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import { jsonGetter } from "../../runtime/jwt/https-getter.ts";
import { naivelyAllows } from "../oracle/naive-policy.ts";
import { naiveRights, OddItem } from "../oracle/naive-rights.ts";
import { event, issuerFields, ROLE, TENANT } from "../support/fixtures.ts";
import { type Arena, startArena } from "./support/arena.ts";
import { readerOf, sourceAuthorizer } from "./support/fronts.ts";
import { bounded, noUnhandledRejection, oddValue, type Ruling, rule } from "./support/fuzz.ts";

const GET = "GET /documents/{documentId}";
const DELETE = "DELETE /documents/{documentId}";
const FUTURE = 4_102_444_800;

/** An item of every kind, each with every field, and each of consequence for what the caller may. */
const WORLD: readonly Item[] = [
  issuerFields({
    tenants: ["acme"],
    roleNames: { readers: ["viewer"] },
    pass: {},
    memberships: "merge",
    tokenUse: "access",
  }),
  ROLE,
  { ...ROLE, sk: "ROLE#editor", name: "editor", hash: "editor", grants: [DELETE, GET] },
  {
    pk: "CATALOGUE",
    sk: "PLAN#team",
    v: 1,
    name: "team",
    hash: "plan",
    ceiling: [DELETE, GET],
    roles: ["editor", "viewer"],
  },
  {
    ...TENANT,
    plan: "team",
    issuers: ["main"],
    changes: { editor: { except: [GET] } },
    never: ["PUT /documents/{documentId}"],
    roles: { auditor: { grants: [GET] } },
  },
  {
    pk: "TENANT#acme",
    sk: "MEMBER#main#ann",
    v: 1,
    hash: "member",
    roles: [{ role: "editor", until: FUTURE, reason: "on call" }],
  },
  { pk: "TENANT#acme", sk: "REVOKED#TOKEN#token-1", v: 1, until: 1 },
  { pk: "TENANT#acme", sk: "REVOKED#SUBJECT#main#ann", v: 1, until: 1 },
  { pk: "TENANT#acme", sk: "REVOKED#ISSUED", v: 1, before: 1, until: FUTURE },
];

noUnhandledRejection();
let arena: Arena;
let authorization: string;
const CLAIMS = { roles: ["readers"], token_use: "access" };
beforeAll(async () => {
  arena = await startArena();
  authorization = `Bearer ${arena.token(CLAIMS)}`;
});
afterAll(() => arena.stop());

/** Every place of an item where DynamoDB has a typed value: its fields, and what is inside lists and maps. */
function placesIn(fields: unknown, path: readonly string[] = []): string[][] {
  return Object.entries(fields as Typed).flatMap(([name, value]) => {
    const [[type = "", inside] = []] = Object.entries(value as Typed);
    const deeper = type === "L" || type === "M" ? placesIn(inside, [...path, name, type]) : [];
    return [[...path, name], ...deeper];
  });
}

type Typed = Record<string, unknown>;
const TYPED: readonly Typed[] = WORLD.map(marshallItem);
const PLACES = TYPED.flatMap((item, index) => placesIn(item).map((path) => ({ index, path })));

const typedValue: fc.Arbitrary<unknown> = fc.oneof(
  oddValue.map((value) => marshallItem({ value })["value"]),
  fc.constantFrom<unknown>(
    { SS: ["main", "acme", "viewer"] },
    { NS: ["1"] },
    { BS: ["AA=="] },
    { B: "AA==" },
    { NULL: true },
    {},
    undefined,
    { S: GET },
    { L: [{ S: GET }] },
    { L: [{ S: DELETE }] },
    { L: [] },
    { M: {} },
    { S: "none" },
    { S: "suspended" },
    { N: String(FUTURE) },
    { N: "0" },
    { S: "main" },
    { S: "acme" },
    { S: "team" },
    { S: "editor" },
    { S: "instead" },
    { L: [{ S: "sub" }] },
    { L: [{ S: "roles" }] },
    { L: [{ S: "*" }] },
    { S: "*" },
  ),
);

/** Undefined takes away what stands there. */
function put(value: unknown, [name = "", ...rest]: readonly string[], what: unknown): unknown {
  const copy = Array.isArray(value) ? [...value] : { ...(value as Typed) };
  const next = rest.length === 0 ? what : put((value as Typed)[name], rest, what);
  if (Array.isArray(copy)) copy.splice(Number(name), 1, ...(next === undefined ? [] : [next]));
  else if (next === undefined) delete copy[name];
  else copy[name] = next;
  return copy;
}

const readItem = (typed: unknown): Item => unmarshallItem(typed as Typed);

/** Every run has a new authorizer: the issuer's documents are fetched once for all of them. */
const documents = new Map<string, Promise<unknown>>();
function getOnce(url: string): Promise<unknown> {
  const known = documents.get(url) ?? jsonGetter()(url);
  documents.set(url, known);
  return known;
}

const ask = async (items: readonly Item[], route: "GET" | "DELETE"): Promise<Ruling> => {
  const { authorizer } = sourceAuthorizer(
    { ...arena, items: [] },
    { reader: readerOf(items), getJson: getOnce },
  );
  const methodArn = event("").methodArn.replace("/GET/", `/${route}/`);
  return rule(authorizer, event(authorization, { httpMethod: route, methodArn }));
};

function expected(items: readonly Item[], now: number): string[] | "odd" {
  try {
    return [...new Set(naiveRights(items, arena.claims("main", CLAIMS), "at+jwt", now))];
  } catch (error) {
    if (error instanceof OddItem) return "odd";
    throw error;
  }
}

function allowedBy(ruling: Ruling): string[] {
  if (ruling.kind !== "allow") return [];
  const arn = event("").methodArn;
  return [DELETE, GET].filter((route) =>
    naivelyAllows(ruling.answer.policyDocument, arn.replace("/GET/", `/${route.split(" ")[0]}/`)),
  );
}

test("the items as they are written allow both routes: one by the token, one by a membership", async () => {
  const items = TYPED.map(readItem);
  expect(expected(items, arena.now())).toEqual([DELETE, GET]);
  expect(allowedBy(await ask(items, "GET"))).toEqual([DELETE, GET]);
});

const texts = (...all: string[]) => ({ L: all.map((one) => ({ S: one })) });

const changesOf = (viewer: object) => ({
  M: { viewer, editor: { M: { except: texts(GET) } } },
});

/** One edit of an item that takes something away, and what is left. */
const LIMITS: readonly (readonly [string, number, readonly string[], unknown, readonly string[]])[] = [
  ["an issuer of other tenants", 0, ["tenants"], texts("globex"), []],
  ["an issuer of another token_use", 0, ["tokenUse"], { S: "id" }, []],
  ["an issuer of other types", 0, ["types"], texts("jwt"), []],
  ["an issuer of another audience claim", 0, ["audienceClaims"], texts("client_id"), []],
  ["an issuer whose groups nobody maps", 0, ["roleNames"], { M: {} }, [DELETE]],
  ["an issuer without memberships", 0, ["memberships"], undefined, [GET]],
  ["an issuer with memberships instead", 0, ["memberships"], { S: "instead" }, [DELETE]],
  ["a role without grants", 1, ["grants"], texts(), [DELETE]],
  ["a lower ceiling", 3, ["ceiling"], texts(DELETE), [DELETE]],
  ["a plan with fewer roles", 3, ["roles"], texts("editor"), [DELETE]],
  ["a tenant that is suspended", 4, ["status"], { S: "suspended" }, []],
  ["a tenant of another id", 4, ["id"], { S: "globex" }, []],
  ["a tenant of other issuers", 4, ["issuers"], texts("rival"), []],
  ["a tenant that never allows", 4, ["never"], texts(GET), [DELETE]],
  ["a tenant that narrows a role", 4, ["changes"], changesOf({ M: { except: texts(GET) } }), [DELETE]],
  ["a tenant without a role", 4, ["changes"], changesOf({ S: "none" }), [DELETE]],
  ["a membership that has ended", 5, ["roles", "L", "0", "M", "until"], { N: "1" }, [GET]],
  ["a membership of somebody else", 5, ["sk"], { S: "MEMBER#main#bob" }, [GET]],
  ["a revoked token", 6, ["until"], { N: String(FUTURE) }, []],
  ["a revoked subject", 7, ["until"], { N: String(FUTURE) }, []],
  ["all tokens issued so far revoked", 8, ["before"], { N: String(FUTURE) }, []],
];

test.each(LIMITS)("%s leaves what it leaves", async (_, index, path, value, left) => {
  const edited = TYPED.map((item, at) => (at === index ? put(item, path, value) : item)).map(readItem);
  expect(expected(edited, arena.now())).toEqual(left);
  const ruling = await ask(edited, "GET");
  expect(allowedBy(ruling)).toEqual(left);
});

const items = bounded(600);
test(`items with anything in any place give what they say, or a 500 (${items.told})`, async () => {
  const seen = { allow: 0, deny: 0, unauthorized: 0, error: 0 };
  const edit = fc.record({ place: fc.constantFrom(...PLACES), value: typedValue });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 2 }), async (edits) => {
      const typed = edits.reduce<unknown[]>(
        (all, { place, value }) => all.with(place.index, putSafely(all[place.index], place.path, value)),
        [...TYPED],
      );
      const mutated = typed.map(readItem);
      const ruling = await ask(mutated, "GET");
      seen[ruling.kind] += 1;
      if (ruling.kind === "error") return;
      const rights = expected(mutated, arena.now());
      expect(rights).not.toBe("odd");
      expect(allowedBy(ruling)).toEqual(rights);
    }),
    items.parameters,
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
});

/** A place that an edit before has taken away stays away. */
function putSafely(item: unknown, path: readonly string[], value: unknown): unknown {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((inside, name) => (inside as Typed | undefined)?.[name], item);
  return typeof parent === "object" && parent !== null ? put(item, path, value) : item;
}

test.each(["SS", "NS", "BS", "B"])(
  "a limit that is written as a %s is a 500, never no limit",
  async (type) => {
    const fields = ["issuers", "never", "changes", "plan", "roles"];
    for (const field of fields) {
      const typed = TYPED.map((item, index) =>
        index === 4 ? { ...item, [field]: { [type]: ["main"] } } : item,
      );
      expect((await ask(typed.map(readItem), "GET")).kind).toBe("error");
    }
  },
);
