import fc from "fast-check";
import { MOST_LISTED, type Question } from "./question.ts";
import type { RandomApi } from "./random-apis.ts";

/** Ids with all that a string of Cedar must escape, next to plain ones. */
export const HOSTILE = 'we"ird\\Örg ${x} *';
const TENANTS = ["acme", "globex", HOSTILE];
const SHARED = ["reader", "writer", "boss", "solo"];
const OWN = ["own", "own2"];
const CLIENTS = ["web", 'ag"ent\\', "bot-*", "b*-1"];
const DELEGATES = ["agent", 'ro"bot\\ü'];

const maybe = <T>(value: fc.Arbitrary<T>, weight = 2): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight }, value);
const some = (names: readonly string[], maxLength: number, minLength = 0): fc.Arbitrary<string[]> =>
  names.length === 0 ? fc.constant([]) : fc.uniqueArray(fc.constantFrom(...names), { minLength, maxLength });
/** Usually one of the first values. */
const usually = (most: readonly string[], others: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ arbitrary: fc.constantFrom(...most), weight: 6 }, fc.constantFrom(...others));

/** Generates policy files for an API. Some have an error, which the reader of the folder finds. */
export function folders(api: RandomApi): fc.Arbitrary<ReadonlyMap<string, string>> {
  const wide = fc.constantFrom(...api.wide.map((one) => [...one]));
  const grants = fc.oneof({ arbitrary: wide, weight: 3 }, some(api.grants, 4, 1));
  const taken = some(api.taken, 2, 1);
  const limits = fc.oneof({ arbitrary: wide, weight: 5 }, some([...api.grants, ...api.taken], 4, 1));
  const role = (parents: readonly string[]) =>
    fc.record({
      extends: some(parents, 2),
      allow: fc.tuple(grants, someBound(api)).map(([plain, bound]) => [...plain, ...bound]),
      except: maybe(taken),
    });
  const change = fc.oneof(
    { arbitrary: fc.constant("none"), weight: 1 },
    { arbitrary: taken.map((except) => ({ except })), weight: 2 },
  );
  const plan = fc.record({ ceiling: limits, roles: maybe(some(SHARED, 3, 2)) });
  const tenant = fc.record({
    plan: fc.constantFrom("free", "paid"),
    status: fc.integer({ min: 0, max: 14 }).map((one) => (one === 0 ? "suspended" : "active")),
    issuers: maybe(some(["main", "other", "staff"], 2, 1), 3),
    directories: maybe(fc.constant(true), 1),
    changes: maybe(changes(SHARED, change), 1),
    never: maybe(taken),
    roles: maybe(fc.record({ own: role(SHARED), own2: role([...SHARED, "own"]) }), 1),
    clients: maybe(ceilingChanges(change), 1),
  });
  return fc
    .record({
      reader: role([]),
      writer: role(["reader"]),
      boss: role(["reader", "writer"]),
      solo: role([]),
      free: plan,
      paid: plan,
      tenants: fc.tuple(tenant, tenant, tenant),
      owner: fc.constantFrom<Owner>("main", "other", "listed"),
      clients: maybe(clientsFile(grants, api.scopes), 1),
    })
    .map((random) => filesOf(api, random as RandomFolder));
}

const someBound = ({ bound }: RandomApi) => fc.uniqueArray(fc.constantFrom(...bound), { maxLength: 2 });

const changes = (names: readonly string[], change: fc.Arbitrary<unknown>) =>
  fc.dictionary(fc.constantFrom(...names), change, { maxKeys: 1, noNullPrototype: true });

/** Which issuer owns the people of which tenants. */
type Owner = "main" | "other" | "listed";
type Written = Readonly<Record<string, unknown>>;
interface RandomFolder {
  readonly reader: Written;
  readonly writer: Written;
  readonly boss: Written;
  readonly solo: Written;
  readonly free: Written;
  readonly paid: Written;
  readonly tenants: readonly Written[];
  readonly owner: Owner;
  readonly clients: Written | undefined;
}

function filesOf(api: RandomApi, random: RandomFolder): ReadonlyMap<string, string> {
  const { reader, writer, boss, solo, free, paid, tenants, owner, clients } = random;
  const roles = { reader, writer, boss, solo };
  const written: [string, unknown][] = [
    ...Object.entries(roles).map(([name, role]): [string, unknown] => [`roles/${name}.yaml`, role]),
    ["plans.yaml", { free, paid }],
    ["issuers.yaml", issuersFile(owner)],
    ...(clients === undefined ? [] : [["clients.yaml", clients] as [string, unknown]]),
    ...tenants.map((tenant, at): [string, unknown] => [
      `tenants/t${at}.yaml`,
      tenantFile(TENANTS[at] ?? "", at, owner, tenant, clients !== undefined),
    ]),
  ];
  const files = new Map([
    ["api.yaml", api.text],
    ...written.map(([path, content]) => [path, JSON.stringify(content)] as const),
  ]);
  const shown = [...files].slice(1).map(([path, text]) => `${path}: ${text}`);
  return Object.assign(files, { [fc.toStringMethod]: () => shown.join("\n") });
}

function issuersFile(owner: Owner): Written {
  const issuer = {
    preset: "generic",
    pass: { email: "email", groups: { claim: "groups", at_most: MOST_LISTED } },
  };
  const own = (name: Owner) => (name === owner ? { subjects: "own" } : {});
  if (owner === "listed")
    // Each tenant that two issuers may speak for has an owner.
    return {
      main: { ...issuer, tenants: "*" },
      other: { ...issuer, tenants: ["acme"], subjects: "own" },
    };
  return {
    main: { ...issuer, tenants: "*", ...own("main") },
    other: { ...issuer, tenants: owner === "other" ? "*" : ["acme", HOSTILE], ...own("other") },
    staff: { ...issuer, tenants: "*", staff: true, memberships: "instead" },
    pools: { ...issuer, tenants: "by_directory" },
  };
}

function tenantFile(id: string, at: number, owner: Owner, random: Written, hasClients: boolean): Written {
  const { directories, clients, issuers, ...tenant } = random;
  const isCovering = (issuer: string): boolean =>
    issuer === "main" || (issuer === "other" ? owner === "other" || id === "acme" : owner !== "listed");
  const accepted = (issuers as readonly string[] | undefined)?.filter(isCovering) ?? [];
  return {
    id,
    ...tenant,
    ...(accepted.length > 0 && { issuers: accepted }),
    ...(directories === true &&
      owner !== "listed" &&
      accepted.length === 0 && { directories: { pools: `pool-${at}` } }),
    ...(clients !== undefined && hasClients && { clients }),
  };
}

const ceilingChanges = (change: fc.Arbitrary<unknown>): fc.Arbitrary<Written> =>
  fc
    .record({
      otherwise: maybe(change, 1),
      clients: changes(CLIENTS, change),
      delegates: changes(DELEGATES, change),
    })
    .map(({ otherwise, ...rest }) => ({
      main: { ...(otherwise !== undefined && { default: otherwise }), ...rest },
    }));

/** Generates clients.yaml: with an empty default, below which everything is, or with one that every entry has too. */
function clientsFile(
  grants: fc.Arbitrary<readonly string[]>,
  scopes: readonly string[],
): fc.Arbitrary<Written> {
  const limits = fc.record({
    scopes: maybe(fc.subarray([...scopes])),
    tenants: maybe(some(TENANTS, 2, 1), 5),
  });
  return fc
    .record({
      least: fc.oneof({ arbitrary: fc.constant([]), weight: 2 }, grants),
      defaults: limits,
      entries: fc.array(fc.tuple(grants, limits), { minLength: 6, maxLength: 6 }),
      ownDefault: fc.boolean(),
    })
    .map(({ least, defaults, entries, ownDefault }) => {
      const entry = (at: number): Written => {
        const [ceiling, limit] = entries[at] ?? [[], defaults];
        return least.length === 0 ? { ceiling, ...limit } : { ceiling: [...least, ...ceiling] };
      };
      const all = (names: readonly string[], from: number) =>
        Object.fromEntries(names.map((name, at) => [name, entry(from + at)]));
      return {
        default: { ceiling: least, ...(least.length === 0 && defaults) },
        issuers: {
          main: {
            ...(ownDefault && { default: { ceiling: least } }),
            clients: all(CLIENTS, 0),
            delegates: all(DELEGATES, CLIENTS.length),
          },
        },
      };
    });
}

/** What parameters are compared with is more frequent. */
const VALUES = [
  "ann",
  "ann",
  "ann",
  "acme",
  "acme",
  "globex",
  "search",
  "red",
  "x7",
  "a@b:c",
  "a%40b%3Ac",
  "bob",
];
const LISTS = [["red"], ["red", "ann"], [], ["1", "2", "red"]];

/** The names that callers have: those of a folder, and others. */
interface Names {
  readonly tenants: readonly string[];
  readonly roles: readonly string[];
  readonly ownRoles: readonly string[];
  readonly issuers: readonly string[];
  readonly clients: readonly string[];
  readonly delegates: readonly string[];
}

/** The names of the generated folders. */
const GENERATED: Names = {
  tenants: TENANTS,
  roles: SHARED,
  ownRoles: OWN,
  issuers: ["main", "main", "main", "other", "other", "staff", "pools"],
  clients: ["web", 'ag"ent\\', "bot-7", "bot-1", "b.-1"],
  delegates: DELEGATES,
};

/** Generates requests of an API, with callers of a folder. */
export const questions = (api: RandomApi, names: Names = GENERATED): fc.Arbitrary<Question> =>
  fc
    .record({
      tenant: usually(names.tenants, ["nowhere", "ACME"]),
      roles: fc.oneof(
        { arbitrary: some(names.roles, 2, 1), weight: 3 },
        { arbitrary: some([...names.roles, ...names.ownRoles], 3), weight: 2 },
        some([...names.ownRoles, "gone", "acme/own", 'a"b\\c'], 2),
      ),
      subject: usually(["ann", "a@b:c"], ["", "a b", "..", 'x"\\']),
      scopes: fc.oneof(
        { arbitrary: fc.constant([...api.scopes]), weight: 3 },
        fc.subarray(["other", ...api.scopes]),
      ),
      email: maybe(usually(["ann", "acme"], ["x y", "a@b:c"]), 1),
      groups: maybe(fc.oneof(fc.constantFrom<string | readonly string[]>(...LISTS, "red")), 1),
      issuer: usually(names.issuers, ["nobody"]),
      pool: usually(["pool-0", "pool-1", "pool-2"], ["pool-9"]),
      client: usually(names.clients, ["", "unknown"]),
      delegate: maybe(
        fc.record({
          issuer: usually(["main"], ["other", "https://x.example"]),
          subject: usually(names.delegates, ["web"]),
        }),
      ),
      route: fc.oneof(
        { arbitrary: fc.constantFrom(...api.routes), weight: 2 },
        fc.constantFrom(...api.frequent),
      ),
      values: fc.array(fc.constantFrom(...VALUES), { minLength: 4, maxLength: 4 }),
    })
    .map(({ email, groups, pool, route, values, ...who }) => {
      const [method = "", template = ""] = route.split(" ");
      let at = 0;
      return {
        ...who,
        claims: { ...(email !== undefined && { email }), ...(groups !== undefined && { groups }) },
        directory: who.issuer === "pools" ? pool : undefined,
        method,
        path: template.replace(/\{[^}]*\}/g, () => values[at++ % values.length] ?? ""),
      };
    });
