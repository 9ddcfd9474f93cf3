import fc from "fast-check";
import { type Caller, supposedCaller } from "../../../../core/decision/caller.ts";
import {
  type MembershipState,
  readMembership,
  readRevocation,
} from "../../../../core/decision/memberships.ts";
import type { PolicySet } from "../../../../core/policy-files/model/policy-set.ts";
import type { PolicySimulator } from "../../../../core/policy-files/simulate/simulate.ts";
import { createSimulator } from "../../../../core/policy-files/simulate/simulator.ts";
import { buildOf } from "../../../support/compiled.ts";
import { API, type FileTexts, policiesOf } from "../../../support/policy-files.ts";

/** A caller that no token vouches for, and what the table stores for it. */
export interface RandomCaller {
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly claims: Readonly<Record<string, string>>;
  readonly issuer: string;
  readonly membership: { readonly role: string; readonly state: "current" | "ended" | "earlier" } | undefined;
  readonly revocation: "subject" | "issued" | "ended" | "earlier" | undefined;
}

export interface RandomRequest {
  readonly method: string;
  readonly path: string;
}

/** A policy folder with the simulator of its compiled items. */
export interface World {
  readonly files: FileTexts;
  readonly policies: PolicySet;
  readonly simulator: PolicySimulator;
}

export function worldOf(files: FileTexts): World {
  const policies = policiesOf(files);
  return { files, policies, simulator: createSimulator(policies, buildOf(policies, "auto").compiled) };
}

const NOW = 1_800_000_000;

export const callerOf = (random: RandomCaller): Caller => supposedCaller({ ...random, issuedAt: NOW - 100 });

export function stateOf({ tenant, issuer, subject, membership, revocation }: RandomCaller): MembershipState {
  const key = { pk: `TENANT#${tenant}`, v: 1 };
  const role = membership?.role;
  const until = membership?.state === "ended" ? NOW - 10 : NOW + 10;
  return {
    at: NOW,
    generation: "now",
    memberships:
      membership === undefined
        ? []
        : [
            readMembership({
              ...key,
              sk: `MEMBER#${issuer}#${subject}`,
              generation: membership.state === "earlier" ? "before" : "now",
              hash: "ab12",
              roles: [{ role, until }],
            }),
          ],
    revocations:
      revocation === undefined
        ? []
        : [
            readRevocation({
              ...key,
              sk: revocation === "issued" ? "REVOKED#ISSUED" : `REVOKED#SUBJECT#${issuer}#${subject}`,
              generation: revocation === "earlier" ? "before" : "now",
              before: NOW,
              until: revocation === "ended" ? NOW - 10 : NOW + 10,
            }),
          ],
  };
}

/** The API of the other tests, with one parameter bound for every role. */
const BOUND_API = API.replace("billing: http }", "billing: http }\n  bind: { orgId: tenant }").concat(
  "  /orgs/{orgId}/logs:\n    get: { x-portcullis: { backend: docs, permission: logs.read } }\n",
);

const SELECTORS = [
  "documents.read",
  "documents.*",
  "documents.purge",
  "users.read",
  "files.read",
  "logs.read",
  "GET /documents/**",
  "ANY /**",
  "GET /invoices/{invoiceId}",
];
const selectors = fc.uniqueArray(fc.constantFrom(...SELECTORS), { minLength: 1, maxLength: 3 });
/** Most lists that give access are wide, so that not every request is denied by the first check. */
const WIDE = [
  ["ANY /**", "documents.purge"],
  ["documents.*", "documents.purge", "users.read", "files.read", "logs.read"],
];
const wide = fc.oneof({ arbitrary: fc.constantFrom(...WIDE), weight: 3 }, selectors);
const some = (names: readonly string[], maxLength: number): fc.Arbitrary<string[]> =>
  names.length === 0 ? fc.constant([]) : fc.uniqueArray(fc.constantFrom(...names), { maxLength });
const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, value);

const list = (key: string, entries: readonly string[] | undefined, indent = ""): string =>
  entries === undefined || entries.length === 0
    ? ""
    : `${indent}${key}:\n${entries.map((entry) => `${indent}  - ${entry}\n`).join("")}`;

const BOUND = {
  subject: '{ route: "PATCH /users/{userId}", where: { userId: subject } }',
  claim: '{ route: "PATCH /users/{userId}", where: { userId: claim.dept } }',
  both: '{ route: "GET /documents/{documentId}", where: { documentId: tenant } }',
} as const;

export const ROLES = ["reader", "writer", "boss"];
const role = (parents: readonly string[]) =>
  fc
    .record({
      parents: some(parents, 1),
      allow: wide,
      bound: some(Object.values(BOUND), 2),
      except: rarely(selectors),
    })
    .map(
      ({ parents: extended, allow, bound, except }) =>
        list("extends", extended) + list("allow", [...allow, ...bound]) + list("except", except),
    );

const plan = fc
  .record({ ceiling: wide, roles: rarely(some(ROLES, 2)) })
  .map(({ ceiling, roles }) => list("ceiling", ceiling, "  ") + list("roles", roles, "  "));

const change = fc.oneof(fc.constant("none"), selectors);
const tenant = (accepted: readonly string[]) =>
  fc
    .record({
      plan: fc.constantFrom("free", "paid"),
      suspended: fc.integer({ min: 0, max: 9 }),
      issuers: rarely(some(accepted, 1).filter(({ length }) => length > 0)),
      changes: rarely(fc.record({ role: fc.constantFrom(...ROLES), change })),
      never: rarely(selectors),
      own: rarely(role(ROLES)),
    })
    .map(({ plan: name, suspended, issuers, changes, never, own }) => {
      const changed =
        changes === undefined
          ? ""
          : changes.change === "none"
            ? `changes:\n  ${changes.role}: none\n`
            : `changes:\n  ${changes.role}:\n${list("except", changes.change as string[], "    ")}`;
      return [
        `name: Tenant\nplan: ${name}\n`,
        suspended === 0 ? "status: suspended\n" : "",
        list("issuers", issuers),
        changed,
        list("never", never),
        own === undefined ? "" : `roles:\n  own:\n${own.replace(/^(?=.)/gm, "    ")}`,
      ].join("");
    });

const issuer = (tenants: string) =>
  `  preset: generic\n  tenants: ${tenants}\n  memberships: merge\n  pass: [dept, team]\n`;

export const files: fc.Arbitrary<FileTexts> = fc
  .record({
    reader: role([]),
    writer: role(["reader"]),
    boss: role(["reader", "writer"]),
    free: plan,
    paid: plan,
    acme: tenant(["main", "other"]),
    globex: tenant(["main"]),
    covers: fc.constantFrom('"*"', "\n    - acme"),
  })
  .map(({ reader, writer, boss, free, paid, acme, globex, covers }) => ({
    "api.yaml": BOUND_API,
    "roles/reader.yaml": reader,
    "roles/writer.yaml": writer,
    "roles/boss.yaml": boss,
    "plans.yaml": `free:\n${free}paid:\n${paid}`,
    "issuers.yaml": `main:\n${issuer('"*"').replace("pass:", "subjects: own\n  pass:")}other:\n${issuer(covers)}`,
    "tenants/acme.yaml": acme,
    "tenants/globex.yaml": globex,
  }));

const subjects = ["ann", "a b", "a@b:c", "bob", "x".repeat(300), "élan", "."];
const usually = (most: readonly string[], others: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ arbitrary: fc.constantFrom(...most), weight: 8 }, fc.constantFrom(...others));
export const caller: fc.Arbitrary<RandomCaller> = fc.record({
  tenant: usually(["acme", "globex"], ["initech"]),
  roles: fc.oneof(
    { arbitrary: fc.subarray(ROLES, { minLength: 1 }), weight: 5 },
    some([...ROLES, "own", "gone"], 2),
  ),
  subject: fc.constantFrom("ann", "a@b:c", ...subjects),
  scopes: fc.constantFrom(
    [],
    ["docs:write"],
    Array.from({ length: 60 }, (_, at) => `scope-number-${at}`),
  ),
  claims: fc.constantFrom({}, { dept: "ann" }, { dept: "x y", team: "red" }),
  issuer: usually(["main"], ["other", "nobody"]),
  membership: rarely(
    fc.record({
      role: fc.constantFrom(...ROLES),
      state: fc.constantFrom("current" as const, "ended" as const, "earlier" as const),
    }),
  ),
  revocation: fc.oneof(
    { arbitrary: fc.constant(undefined), weight: 9 },
    fc.constantFrom("subject" as const, "issued" as const, "ended" as const, "earlier" as const),
  ),
});

const values = [
  "42",
  "ann",
  "a%20b",
  "a@b:c",
  "a%40b:c",
  "a%40b%3Ac",
  "%61nn",
  "a%2Fb",
  "a%2F%2Fb",
  "acme",
  "search",
];
const ROUTES = [
  ...["GET /documents", "POST /documents", "GET /documents/{}", "PUT /documents/{}", "DELETE /documents/{}"],
  ...[
    "GET /files/{}",
    "GET /users/{}",
    "PATCH /users/{}",
    "PATCH /users/a%20b",
    "DELETE /documents/{}",
    "GET /invoices/{}",
  ],
  ...["GET /orgs/{}/logs", "GET /orgs/acme/logs", "PATCH /users/ann", "GET /nowhere"],
];
export const request: fc.Arbitrary<RandomRequest> = fc
  .tuple(fc.constantFrom(...ROUTES), fc.constantFrom(...values), usually(["", ""], ["/", "?limit=1"]))
  .map(([route, value, end]) => {
    const [method = "", path = ""] = route.split(" ");
    return { method, path: path.replace("{}", value) + end };
  });
