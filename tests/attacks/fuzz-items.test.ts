import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { marshallItem, unmarshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import { jsonGetter } from "../../runtime/jwt/https-getter.ts";
import { naiveRights, OddItem } from "../oracle/naive-items.ts";
import { naivelyAllows } from "../oracle/naive-matcher.ts";
import { AUDIENCE, event, issuerFields, ROLE, TENANT } from "../support/fixtures.ts";
import { type Arena, startArena } from "./support/arena.ts";
import { bounded, noUnhandledRejection, oddValue, type Ruling, rule } from "./support/fuzz.ts";
import { inMemoryReader, sourceAuthorizer } from "./support/targets.ts";

const GET = "GET /documents/{documentId}";
const DELETE = "DELETE /documents/{documentId}";
const FUTURE = 4_102_444_800;

/** An item of every kind with every field; each item affects the caller's access. */
const WORLD: readonly Item[] = [
  issuerFields({
    tenants: ["acme"],
    roleNames: { readers: ["viewer"] },
    pass: {},
    memberships: "merge",
    tokenUse: "access",
    boundTokensUntil: FUTURE,
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
    generation: "g1",
    roles: [{ role: "editor", until: FUTURE, reason: "on call" }],
  },
  { pk: "TENANT#acme", sk: "REVOKED#TOKEN#token-1", v: 1, generation: "g1", until: 1 },
  { pk: "TENANT#acme", sk: "REVOKED#SUBJECT#main#ann", v: 1, generation: "g1", until: 1 },
  { pk: "TENANT#acme", sk: "REVOKED#ISSUED", v: 1, generation: "g1", before: 1, until: FUTURE },
];

noUnhandledRejection();
let arena: Arena;
let authorization: string;
const CLAIMS = { roles: ["readers"], token_use: "access", cnf: { jkt: "AAAA" } };
beforeAll(async () => {
  arena = await startArena();
  authorization = `Bearer ${arena.token(CLAIMS)}`;
});
afterAll(() => arena.stop());

/** Returns the path of every typed value in an item: its fields, and the values inside lists and maps. */
function listPaths(fields: unknown, path: readonly string[] = []): string[][] {
  return Object.entries(fields as Typed).flatMap(([name, value]) => {
    const [[type = "", inside] = []] = Object.entries(value as Typed);
    const deeper = type === "L" || type === "M" ? listPaths(inside, [...path, name, type]) : [];
    return [[...path, name], ...deeper];
  });
}

type Typed = Record<string, unknown>;
const TYPED: readonly Typed[] = WORLD.map(marshallItem);
const PATHS = TYPED.flatMap((item, index) => listPaths(item).map((path) => ({ index, path })));

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

/** Replaces the value at a path; undefined removes it. */
function put(value: unknown, [name = "", ...rest]: readonly string[], replacement: unknown): unknown {
  const copy = Array.isArray(value) ? [...value] : { ...(value as Typed) };
  const next = rest.length === 0 ? replacement : put((value as Typed)[name], rest, replacement);
  if (Array.isArray(copy)) copy.splice(Number(name), 1, ...(next === undefined ? [] : [next]));
  else if (next === undefined) delete copy[name];
  else copy[name] = next;
  return copy;
}

const readItem = (typed: unknown): Item => unmarshallItem(typed as Typed);

/** Every run has a new authorizer, so the issuer's documents are cached for all of them. */
const documents = new Map<string, Promise<unknown>>();
function getOnce(url: string): Promise<unknown> {
  const cached = documents.get(url) ?? jsonGetter()(url);
  documents.set(url, cached);
  return cached;
}

const send = async (items: readonly Item[], route: "GET" | "DELETE"): Promise<Ruling> => {
  const { authorizer } = sourceAuthorizer(
    { ...arena, items: [] },
    { reader: inMemoryReader(items), getJson: getOnce },
  );
  const methodArn = event("").methodArn.replace("/GET/", `/${route}/`);
  return rule(authorizer, event(authorization, { httpMethod: route, methodArn }));
};

function expectedRights(items: readonly Item[], now: number): string[] | "invalid" {
  try {
    return [
      ...new Set(naiveRights(items, { claims: arena.claims("main", CLAIMS), typ: "at+jwt" }, AUDIENCE, now)),
    ];
  } catch (error) {
    if (error instanceof OddItem) return "invalid";
    throw error;
  }
}

function listAllowed(ruling: Ruling): string[] {
  if (ruling.kind !== "allow") return [];
  const arn = event("").methodArn;
  return [DELETE, GET].filter((route) =>
    naivelyAllows(ruling.response.policyDocument, arn.replace("/GET/", `/${route.split(" ")[0]}/`)),
  );
}

test("the unchanged items allow both routes, one by the token and one by a membership", async () => {
  const items = TYPED.map(readItem);
  expect(expectedRights(items, arena.now())).toEqual([DELETE, GET]);
  expect(listAllowed(await send(items, "GET"))).toEqual([DELETE, GET]);
});

const stringList = (...all: string[]) => ({ L: all.map((one) => ({ S: one })) });

const narrowRoles = (viewer: object) => ({
  M: { viewer, editor: { M: { except: stringList(GET) } } },
});

/** Edits of an item that remove access, and the access that remains. */
const LIMITS: readonly (readonly [string, number, readonly string[], unknown, readonly string[]])[] = [
  ["an issuer of other tenants", 0, ["tenants"], stringList("globex"), []],
  ["an issuer of another token_use", 0, ["tokenUse"], { S: "id" }, []],
  ["an issuer of other types", 0, ["types"], stringList("jwt"), []],
  ["an issuer of another audience claim", 0, ["audienceClaims"], stringList("client_id"), []],
  ["an issuer that accepts no bound tokens", 0, ["boundTokensUntil"], undefined, []],
  ["an issuer that accepts no bound tokens any longer", 0, ["boundTokensUntil"], { N: "1" }, []],
  ["an issuer without mapped groups", 0, ["roleNames"], { M: {} }, [DELETE]],
  ["an issuer without memberships", 0, ["memberships"], undefined, [GET]],
  ["an issuer with memberships instead", 0, ["memberships"], { S: "instead" }, [DELETE]],
  ["a role without grants", 1, ["grants"], stringList(), [DELETE]],
  ["a lower ceiling", 3, ["ceiling"], stringList(DELETE), [DELETE]],
  ["a plan with fewer roles", 3, ["roles"], stringList("editor"), [DELETE]],
  ["a tenant that is suspended", 4, ["status"], { S: "suspended" }, []],
  ["a tenant in another spelling", 4, ["id"], { S: "Acme" }, []],
  ["a tenant of another generation", 4, ["generation"], { S: "g2" }, [GET]],
  ["a membership of another generation", 5, ["generation"], { S: "g2" }, [GET]],
  ["a tenant of other issuers", 4, ["issuers"], stringList("rival"), []],
  ["a tenant that never allows", 4, ["never"], stringList(GET), [DELETE]],
  ["a tenant that narrows a role", 4, ["changes"], narrowRoles({ M: { except: stringList(GET) } }), [DELETE]],
  ["a tenant without a role", 4, ["changes"], narrowRoles({ S: "none" }), [DELETE]],
  ["a membership that has ended", 5, ["roles", "L", "0", "M", "until"], { N: "1" }, [GET]],
  ["a membership of another subject", 5, ["sk"], { S: "MEMBER#main#bob" }, [GET]],
  ["a revoked token", 6, ["until"], { N: String(FUTURE) }, []],
  ["a revoked subject", 7, ["until"], { N: String(FUTURE) }, []],
  ["a revocation of all tokens issued so far", 8, ["before"], { N: String(FUTURE) }, []],
];

test.each(LIMITS)("%s leaves the expected access", async (_, index, path, value, remaining) => {
  const edited = TYPED.map((item, at) => (at === index ? put(item, path, value) : item)).map(readItem);
  expect(expectedRights(edited, arena.now())).toEqual(remaining);
  const ruling = await send(edited, "GET");
  expect(listAllowed(ruling)).toEqual(remaining);
});

const items = bounded(600);
test(`items with any value in any place grant what they say, or cause a 500 (${items.label})`, async () => {
  const seen = { allow: 0, deny: 0, unauthorized: 0, error: 0 };
  const edit = fc.record({ target: fc.constantFrom(...PATHS), value: typedValue });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 2 }), async (edits) => {
      const typed = edits.reduce<unknown[]>(
        (all, { target, value }) =>
          all.with(target.index, putIfPresent(all[target.index], target.path, value)),
        [...TYPED],
      );
      const mutated = typed.map(readItem);
      const ruling = await send(mutated, "GET");
      seen[ruling.kind] += 1;
      if (ruling.kind === "error") return;
      const rights = expectedRights(mutated, arena.now());
      expect(rights).not.toBe("invalid");
      expect(listAllowed(ruling)).toEqual(rights);
    }),
    items.parameters,
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
});

/** Replaces the value at a path, unless an earlier edit has removed its parent. */
function putIfPresent(item: unknown, path: readonly string[], value: unknown): unknown {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((inside, name) => (inside as Typed | undefined)?.[name], item);
  return typeof parent === "object" && parent !== null ? put(item, path, value) : item;
}

test.each(["SS", "NS", "BS", "B"])(
  "a limit of the type %s causes a 500 and is never ignored",
  async (type) => {
    const fields = ["issuers", "never", "changes", "plan", "roles"];
    for (const field of fields) {
      const typed = TYPED.map((item, index) =>
        index === 4 ? { ...item, [field]: { [type]: ["main"] } } : item,
      );
      expect((await send(typed.map(readItem), "GET")).kind).toBe("error");
    }
  },
);
