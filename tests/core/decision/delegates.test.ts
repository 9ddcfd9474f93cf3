import { describe, expect, it } from "vitest";
import { respondTo } from "../../../core/decision/authorize.ts";
import { parseCaller } from "../../../core/decision/caller.ts";
import { claimsAfterVerification } from "../../../core/decision/claims.ts";
import { readDelegates } from "../../../core/decision/delegates.ts";
import { isDenial } from "../../../core/decision/denial.ts";
import { AuthenticationError, InternalError } from "../../../core/model/errors.ts";
import { issuerName } from "../../../core/model/ids.ts";
import { type Item, readCatalogue, readTenant } from "../../../core/model/items.ts";
import { findRoute } from "../../../core/model/layout.ts";
import { naivelyAllows } from "../../oracle/naive-matcher.ts";
import { BASE_ARN } from "../../support/api.ts";
import { issuerFields, issuerItem, LAYOUT, ROLE, TENANT } from "../../support/fixtures.ts";

const READ = "GET /documents/{documentId}";
const DELETE = "DELETE /documents/{documentId}";
const MAIN_URL = "https://main.example";
const AGENTS_URL = "https://agents.example";
const PAYLOAD = { iss: MAIN_URL, sub: "ann", tenant: "acme", roles: ["viewer"], client_id: "web" };
const NAMES = new Map([[AGENTS_URL, issuerName("agents")]]);

const verified = (act: unknown, issuer = issuerItem()) =>
  claimsAfterVerification(issuer, { ...PAYLOAD, act }, undefined, (url) => NAMES.get(url));

describe("the delegates of a token", () => {
  it("are none without act", () => {
    expect(readDelegates(claimsAfterVerification(issuerItem(), PAYLOAD))).toEqual([]);
  });

  it("are the current one first, then the prior ones", () => {
    expect(readDelegates(verified({ sub: "bot", act: { sub: "planner", act: { sub: "shell" } } }))).toEqual([
      { issuer: "main", subject: "bot" },
      { issuer: "main", subject: "planner" },
      { issuer: "main", subject: "shell" },
    ]);
  });

  it("belong to the token's issuer without iss, to a trusted issuer by its URL, and else to the URL", () => {
    const issuerOf = (iss?: string) => readDelegates(verified({ sub: "bot", iss }))[0]?.issuer;
    expect(issuerOf()).toBe("main");
    expect(issuerOf(MAIN_URL)).toBe("main");
    expect(issuerOf(AGENTS_URL)).toBe("agents");
    expect(issuerOf(`${AGENTS_URL}/`)).toBe(`${AGENTS_URL}/`);
    expect(() => issuerOf("agents")).toThrow(AuthenticationError);
  });
});

const ceilings = (clients: Item, delegates?: Item): Item => ({ default: { routes: [] }, clients, delegates });

const NEEDS = { needs: ["clients", "delegates"] };
const CATALOGUE: readonly Item[] = [
  issuerFields({
    ...NEEDS,
    ceilings: ceilings(
      { web: { routes: [READ, DELETE] }, bot: { routes: [READ, DELETE] } },
      { reader: { routes: [READ], scopes: [] }, keeper: { routes: [READ, DELETE], tenants: ["acme"] } },
    ),
  }),
  issuerFields({
    ...NEEDS,
    sk: "ISSUER#agents",
    name: "agents",
    hash: "agents-hash",
    ceilings: ceilings({}, { keeper: { routes: [DELETE] } }),
  }),
  { ...ROLE, grants: [READ, DELETE] },
];

function respond(payload: Item, tenant: Item) {
  const catalogue = readCatalogue(CATALOGUE);
  const issuer = catalogue.issuers.get(issuerName("main")) ?? issuerItem();
  const issuerAt = (url: string) => NAMES.get(url);
  const claims = claimsAfterVerification(issuer, { ...PAYLOAD, ...payload }, undefined, issuerAt);
  const caller = parseCaller(claims, undefined);
  const found = findRoute(LAYOUT, READ);
  if (isDenial(caller) || found === undefined) throw new Error("There is no caller, or no route");
  const arn = { base: BASE_ARN, method: "GET", path: "/documents/42" };
  const stored = { catalogue, tenant: readTenant({ ...TENANT, ...tenant }), membershipState: null };
  return respondTo({ ...found, arn }, caller, stored, LAYOUT).response;
}

/** Returns what one response allows: R to read, D to delete. */
function allowed(payload: Item, tenant: Item = {}): string {
  const { policyDocument } = respond(payload, tenant);
  const may = (method: string): boolean =>
    naivelyAllows(policyDocument, `${BASE_ARN}/${method}/documents/42`);
  return `${may("GET") ? "R" : ""}${may("DELETE") ? "D" : ""}`;
}

describe("the ceiling of a delegate", () => {
  it("limits the current delegate in addition to the client, and no prior one", () => {
    expect(allowed({})).toBe("RD");
    expect(allowed({ act: { sub: "reader" } })).toBe("R");
    expect(allowed({ act: { sub: "keeper" } })).toBe("RD");
    expect(allowed({ act: { sub: "keeper" }, client_id: "unknown" })).toBe("");
    expect(allowed({ act: { sub: "keeper", act: { sub: "reader", act: { sub: "nobody" } } } })).toBe("RD");
    expect(allowed({ act: { sub: "reader", act: { sub: "keeper" } } })).toBe("R");
  });

  it("is the default's for a delegate without an entry, also if a client has its name", () => {
    expect(allowed({ act: { sub: "bot" } })).toBe("");
    expect(allowed({ act: { sub: "web", client_id: "web" } })).toBe("");
    expect(allowed({ act: { sub: "toString" } })).toBe("");
  });

  it("is that of the delegate's own issuer, and the default's for an issuer that is not trusted", () => {
    expect(allowed({ act: { sub: "keeper", iss: AGENTS_URL } })).toBe("D");
    expect(allowed({ act: { sub: "reader", iss: AGENTS_URL } })).toBe("");
    expect(allowed({ act: { sub: "keeper", iss: "https://evil.example" } })).toBe("");
  });

  it("is narrowed by the tenant", () => {
    const clients = (changes: Item) => ({ ...NEEDS, clients: { main: changes } });
    const act = { sub: "keeper" };
    expect(allowed({ act }, clients({ delegates: { keeper: { except: [READ] } } }))).toBe("D");
    expect(allowed({ act }, clients({ clients: { keeper: { except: [READ] } } }))).toBe("RD");
    expect(allowed({ act }, clients({ delegates: { keeper: "none" } }))).toBe("");
  });

  it("takes scopes and is for some tenants only", () => {
    const scopes = (act: Item) => respond({ act, scope: "docs:write" }, {}).context["scopes"];
    expect(scopes({ sub: "keeper" })).toBe("docs:write");
    expect(scopes({ sub: "reader" })).toBeUndefined();
    expect(allowed({ act: { sub: "keeper" }, tenant: "globex" }, { pk: "TENANT#globex", id: "globex" })).toBe(
      "",
    );
  });

  it("is an item that an older reader rejects", () => {
    const [issuer = {}] = CATALOGUE;
    const broken = readCatalogue([{ ...issuer, needs: ["clients", "delegates", "tomorrow"] }]);
    expect(() => broken.issuers.get(issuerName("main"))).toThrow(InternalError);
  });
});
