import fc from "fast-check";
import { ISSUERS_KEY } from "../../../core/model/issuer-switch.ts";
import type { Item } from "../../../core/model/items.ts";
import { issuerFields, ROLE, TENANT } from "../../support/fixtures.ts";

const GET = "GET /documents/{documentId}";
const DELETE = "DELETE /documents/{documentId}";
const FUTURE = 4_102_444_800;

/** A change of the table: an item that is written, or a key whose item is removed. */
export type Change = { readonly put: Item } | { readonly remove: Item };

const editor: Item = { ...ROLE, sk: "ROLE#editor", name: "editor", grants: [DELETE, GET] };
const plan: Item = { pk: "CATALOGUE", sk: "PLAN#team", v: 1, name: "team", ceiling: [DELETE, GET] };
const issuer = issuerFields({ memberships: "merge" });
const acme: Item = { ...TENANT, plan: "team" };
const globex: Item = { ...acme, pk: "TENANT#globex", id: "globex" };
const below: Item = { pk: acme["pk"], v: 1, owner: "runtime", generation: "g1" };
const member = (subject: string): Item => ({ ...below, sk: `MEMBER#main#${subject}`, roles: [] });

/** The table before any change. */
export const FIRST: readonly Item[] = [issuer, ROLE, editor, plan, acme, globex].map((item) => ({
  ...item,
  hash: "first",
}));

const some = (...all: string[]) => fc.subarray(all);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const generation = fc.constantFrom("g1", "g1", "g2");
const until = maybe(fc.constantFrom(1, FUTURE));

/** Writes an item with other fields; a field that is undefined is left out. */
const puts = (item: Item, fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Change> =>
  fc.record(fields).map((changes) => ({
    put: Object.fromEntries(
      Object.entries({ ...item, ...changes }).filter(([, value]) => value !== undefined),
    ),
  }));
const removes = (...items: readonly Item[]): fc.Arbitrary<Change> =>
  fc.constantFrom(...items).map((remove) => ({ remove }));

/** What a reader must understand. This one does not, so the item's callers get a 500. */
const needs = fc.constantFrom(undefined, undefined, undefined, ["something new"]);

const tenantFields = {
  needs,
  status: fc.constantFrom("active", "active", "suspended"),
  generation,
  never: maybe(some(GET, DELETE)),
  issuers: maybe(fc.constantFrom(["main"], ["main"], ["rival"])),
  changes: maybe(
    fc.constantFrom({ editor: "none" }, { editor: { except: [DELETE] } }, { viewer: { except: [GET] } }),
  ),
  roles: maybe(fc.constantFrom({ auditor: { grants: [GET] } }, { auditor: { grants: [DELETE] } })),
};
const memberFields = {
  generation,
  roles: fc.array(fc.record({ role: fc.constantFrom("viewer", "editor", "auditor"), until }), {
    maxLength: 2,
  }),
};
const revocations: readonly Item[] = [
  { ...below, sk: "REVOKED#SUBJECT#main#ann" },
  { ...below, sk: "REVOKED#TOKEN#token-2" },
  { ...below, sk: "REVOKED#ISSUED", before: FUTURE },
];
const SWITCH: Item = { pk: ISSUERS_KEY, sk: "main", v: 1, name: "main", owner: "runtime" };

/** Any change that a publication, an administrator or a sign-up may make. */
export const change: fc.Arbitrary<Change> = fc.oneof(
  puts(ROLE, { grants: some(GET, DELETE) }),
  puts(editor, { grants: some(GET, DELETE), needs }),
  puts(plan, { ceiling: some(GET, DELETE), roles: maybe(some("viewer", "editor")) }),
  puts(issuer, {
    tenants: fc.constantFrom<unknown>("*", "*", ["globex"], ["acme"]),
    memberships: fc.constantFrom("merge", "merge", "instead", undefined),
  }),
  { weight: 2, arbitrary: puts(acme, tenantFields) },
  puts(globex, tenantFields),
  puts(member("ann"), memberFields),
  puts(member("bob"), memberFields),
  ...revocations.map((item) => puts(item, { generation, until: fc.constantFrom(1, FUTURE) })),
  puts(SWITCH, {
    status: fc.constantFrom("active", "suspended"),
    deniedKeys: fc.constantFrom([], ["k1"], ["k2"], ["k1", "k2"]),
  }),
  { weight: 3, arbitrary: removes(SWITCH, editor, acme, member("ann"), member("bob"), ...revocations) },
);

/** Applies a change; `hash` is the new item's hash. */
export function apply(items: readonly Item[], made: Change, hash: string): readonly Item[] {
  const item = "put" in made ? made.put : made.remove;
  const others = items.filter(({ pk, sk }) => pk !== item["pk"] || sk !== item["sk"]);
  return "put" in made ? [...others, { ...item, hash }] : others;
}

/** What one decision reads: the catalogue for the token, and all items for the caller's permissions. */
export interface Reads {
  readonly forToken: readonly Item[];
  readonly forCaller: readonly Item[];
}

const isCatalogue = ({ pk }: Item): boolean => pk === "CATALOGUE";
/** The parts of the table that an authorizer reads, and caches, each by itself. */
const PARTS: readonly ((item: Item) => boolean)[] = [
  isCatalogue,
  ({ pk }) => pk === ISSUERS_KEY,
  ({ sk }) => sk === "TENANT",
  ({ pk, sk }) => String(pk).startsWith("TENANT#") && sk !== "TENANT",
];

/** Lists what a decision may have read in these states: each state, then parts that were read at different times. */
export function* listReads(states: readonly (readonly Item[])[]): Generator<Reads> {
  for (const items of states) yield { forToken: items, forCaller: items };
  const mixed = PARTS.map((isPart) => distinct(states.map((state) => state.filter(isPart)))).reduce(
    (all, parts) => all.flatMap((items) => parts.map((part) => [...items, ...part])),
    [[]],
  );
  for (const items of mixed) yield { forToken: items, forCaller: items };
  const catalogues = distinct(states.map((state) => state.filter(isCatalogue)));
  for (const forToken of catalogues) for (const forCaller of mixed) yield { forToken, forCaller };
}

const distinct = (parts: readonly (readonly Item[])[]): (readonly Item[])[] => [
  ...new Map(parts.map((part) => [JSON.stringify(part), part])).values(),
];

/** The caller of a token, for {@link listKills}. */
export interface Holder {
  readonly tenant: string;
  readonly subject: string;
  readonly tokenId: string;
  readonly kid: string;
}

/** Lists what denies a caller all access in one state of the table: switches, revocations, and the tenant itself. */
export function listKills(items: readonly Item[], { tenant, subject, tokenId, kid }: Holder): string[] {
  const find = (pk: string, sk: string): Item | undefined =>
    items.find((item) => item["pk"] === pk && item["sk"] === sk);
  const own = (sk: string): Item | undefined => find(`TENANT#${tenant}`, sk);
  const generation = own("TENANT")?.["generation"];
  const kill = find(ISSUERS_KEY, "main");
  const deniedKeys = (kill?.["deniedKeys"] ?? []) as string[];
  const revoked = [`REVOKED#SUBJECT#main#${subject}`, `REVOKED#TOKEN#${tokenId}`, "REVOKED#ISSUED"]
    .filter((sk) => own(sk)?.["until"] === FUTURE && own(sk)?.["generation"] === generation)
    .map((sk) => `${sk} of ${String(generation)}`);
  return [
    ...(generation === undefined ? ["no tenant"] : []),
    ...(own("TENANT")?.["status"] === "suspended" ? ["tenant suspended"] : []),
    ...(kill?.["status"] === "suspended" ? ["issuer suspended"] : []),
    ...(deniedKeys.includes(kid) ? ["key denied"] : []),
    ...revoked,
  ];
}
