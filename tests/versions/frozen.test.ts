import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TokenRequest } from "../../local/identity-provider/identity-provider.ts";
import type { Outcome, Target } from "../end-to-end/target.ts";
import { functionEnvironment, startBundle } from "../end-to-end/target-lambda.ts";
import { buildOf } from "../support/compiled.ts";
import { freezeTable, loadPolicies, ORIGIN } from "./freeze-table.ts";

/** The released versions whose formats are frozen. */
const VERSIONS = readdirSync(new URL(".", import.meta.url)).filter((name) => /^\d+\.\d+\.\d+$/.test(name));

interface Caller extends TokenRequest {
  readonly issuer: string;
}

const SCOPES = ["docs:write"];
const main = (tenant: string, subject: string, rest: TokenRequest = {}): Caller => ({
  issuer: "main",
  tenants: [tenant],
  subject,
  scopes: SCOPES,
  ...rest,
});

/** Callers of the policy files and of run time, each with what one request must get. */
const CALLERS: readonly [
  title: string,
  Caller,
  expected: readonly [method: string, path: string, status: number][],
][] = [
  [
    "an editor",
    main("acme", "ann", { roles: ["editor"] }),
    [
      ["PUT", "/documents/42", 200],
      ["DELETE", "/documents/42", 403],
    ],
  ],
  [
    "an admin",
    main("globex", "gina", { roles: ["admin"] }),
    [
      ["DELETE", "/documents/42", 200],
      ["GET", "/orgs/acme/settings", 403],
    ],
  ],
  [
    "an assistant",
    main("globex", "gina", { roles: ["admin"], client: "quill-assistant" }),
    [
      ["PUT", "/documents/42", 200],
      ["DELETE", "/documents/42", 403],
    ],
  ],
  [
    "somebody of another issuer",
    { issuer: "acme-okta", tenants: ["acme"], roles: ["Quill Authors"], subject: "omar", scopes: SCOPES },
    [["GET", "/documents", 200]],
  ],
  [
    "somebody of a suspended tenant",
    main("initech", "ines", { roles: ["admin"] }),
    [["GET", "/documents", 403]],
  ],
  ["a member", main("globex", "gus"), [["DELETE", "/documents/42", 200]]],
  [
    "a member of a tenant of run time",
    main("umbrella", "uma"),
    [
      ["PUT", "/documents/42", 200],
      ["DELETE", "/documents/42", 403],
    ],
  ],
  [
    "somebody with a role that a tenant has of its own at run time",
    main("cyberdyne", "miles", { roles: ["archivist"] }),
    [
      ["PUT", "/documents/42", 200],
      ["GET", "/documents/search", 403],
    ],
  ],
  [
    "somebody of a tenant suspended at run time",
    main("stark", "tony", { roles: ["viewer"] }),
    [["GET", "/documents", 403]],
  ],
  ["a revoked person", main("acme", "rita", { roles: ["editor"] }), [["GET", "/documents", 403]]],
  [
    "a revoked token",
    main("acme", "ann", { roles: ["editor"], claims: { jti: "stolen" } }),
    [["GET", "/documents", 403]],
  ],
  [
    "a client that is revoked in a tenant",
    main("acme", "ann", { roles: ["editor"], client: "quill-stolen" }),
    [["GET", "/documents", 403]],
  ],
  [
    "a client that is revoked in all tenants",
    main("globex", "gina", { roles: ["admin"], client: "quill-malware" }),
    [["GET", "/documents", 403]],
  ],
  [
    "a machine with a role of its own",
    main("globex", "batch", { client: "batch" }),
    [
      ["GET", "/documents", 200],
      ["PUT", "/documents/42", 403],
    ],
  ],
  [
    "a delegate",
    main("acme", "ann", { roles: ["editor"], claims: { act: { sub: "quill-agent" } } }),
    [["DELETE", "/documents/42", 403]],
  ],
  ["a person without a role", main("acme", "nobody"), [["GET", "/documents", 403]]],
  [
    "a person of an unknown tenant",
    main("unknown", "ann", { roles: ["editor"] }),
    [["GET", "/documents", 403]],
  ],
];

/** Further requests, whose outcomes only have to be equal. */
const REQUESTS = [
  ["GET", "/documents"],
  ["POST", "/documents"],
  ["GET", "/documents/search"],
  ["DELETE", "/documents/42"],
  ["PATCH", "/users/ann"],
  ["GET", "/files/a/b.txt"],
  ["GET", "/reports/usage"],
  ["GET", "/invoices/1"],
  ["GET", "/orgs/globex/settings"],
] as const;

/** Returns an outcome without the names that differ for each token and each table. */
const withoutNames = ({ caller, ...outcome }: Outcome): Outcome => ({
  ...outcome,
  caller: caller && { ...caller, tokenId: undefined, policyVersion: undefined },
});

describe.each(VERSIONS)("%s and this version", (version) => {
  const file = (name: string): URL => new URL(`${version}/${name}`, import.meta.url);
  const json = (name: string) => JSON.parse(readFileSync(file(name), "utf8"));
  const policies = loadPolicies(fileURLToPath(file("policies")));
  const build = buildOf(policies);
  const old = {
    zip: readFileSync(file("authorizer.zip")),
    environment: (origin: string): Record<string, string> =>
      JSON.parse(readFileSync(file("environment.json"), "utf8").replaceAll(ORIGIN, origin)),
  };
  const current = {
    zip: undefined,
    environment: (origin: string) => functionEnvironment(origin, policies, build.compiled.mode),
  };
  const targets = new Map<string, Target>();

  beforeAll(async () => {
    const { items: written } = await freezeTable(fileURLToPath(file("policies")));
    const tables = [
      ["the old table", json("table.json")],
      ["a table of this version", written],
    ] as const;
    for (const [reader, deployed] of [
      ["the old function", old],
      ["this function", current],
    ] as const)
      for (const [name, table] of tables)
        targets.set(
          `${reader} on ${name}`,
          await startBundle(policies, { ...build, items: [], deployed: { ...deployed, table } }),
        );
  });
  afterAll(async () => {
    for (const target of targets.values()) await target.close();
  });

  const outcomes = async (caller: Caller, method: string, path: string): Promise<[string, Outcome][]> => {
    const results: [string, Outcome][] = [];
    for (const [name, target] of targets) {
      const token = await target.providers(caller.issuer).mint(caller);
      results.push([name, withoutNames(await target.send({ method, path, token }))]);
    }
    return results;
  };

  it.each(CALLERS)("decide equally for %s, on the table of each", async (_, caller, expected) => {
    for (const [method, path, status] of expected)
      for (const [name, outcome] of await outcomes(caller, method, path))
        expect([name, method, path, outcome.status]).toEqual([name, method, path, status]);
    for (const [method, path] of REQUESTS) {
      const [[, first] = [], ...others] = await outcomes(caller, method, path);
      for (const [name, outcome] of others)
        expect([name, method, path, outcome]).toEqual([name, method, path, first]);
    }
  });
});

describe("This version", () => {
  it("is compared with at least one that is frozen", () => expect(VERSIONS).not.toEqual([]));
});
