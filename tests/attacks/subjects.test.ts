import { SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { issuerName } from "../../core/model/ids.ts";
import type { Item } from "../../core/model/items.ts";
import { readLayout } from "../../core/model/layout.ts";
import { withGenerations } from "../../core/policy-files/publish/generations.ts";
import { createAuthorizer } from "../../lambdas/authorizer/create-authorizer.ts";
import { permissionsTable } from "../../runtime/table/permissions-table.ts";
import { trustConfig } from "../support/configuration.ts";
import { makeSigner, type Signer } from "../support/fake-issuer.ts";
import { AUDIENCE, claims, clock, event, LAYOUT_DATA, SECONDS } from "../support/fixtures.ts";
import { itemsWith } from "../support/policy-files.ts";

const OWN = "allow: [{ route: 'GET /documents/{documentId}', where: { documentId: subject } }]\n";
const URLS = {
  main: "https://main.example",
  partner: "https://partner.example",
  staff: "https://staff.example",
};

let signer: Signer;
beforeAll(async () => {
  signer = await makeSigner("k1");
});

interface World {
  /** The text of issuers.yaml. */
  readonly issuers: string;
  readonly acme?: string;
  readonly items?: readonly Item[];
}

/** Creates a whole authorizer for compiled policy files, without sockets. The viewer reads the document of its own id. */
function createWorld({ issuers, acme = "name: Acme\n", items: others = [] }: World) {
  const items = [
    ...itemsWith({ "issuers.yaml": issuers, "roles/viewer.yaml": OWN, "tenants/acme.yaml": acme }).map(
      withGenerations([], () => "g1"),
    ),
    ...others,
  ];
  const { now } = clock();
  const lines: Record<string, unknown>[] = [];
  const authorizer = createAuthorizer({
    trust: trustConfig({
      issuers: Object.entries(URLS).map(([name, url]) => ({
        name: issuerName(name),
        url,
        jwksUri: `${url}/keys`,
        audiences: [AUDIENCE],
        algorithms: ["RS256"],
      })),
    }),
    layout: readLayout(LAYOUT_DATA),
    table: permissionsTable({
      reader: {
        catalogue: async () => items.filter((item) => item["pk"] === "CATALOGUE"),
        items: async (keys) =>
          items.filter((item) => keys.some(({ pk, sk }) => item["pk"] === pk && item["sk"] === sk)),
      },
      ttlSeconds: 30,
      now,
    }),
    now,
    log: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    getJson: async () => ({ keys: [signer.jwk] }),
  });
  /** Returns the outcome for the subject 42, who requests the document 42. */
  return async (issuer: keyof typeof URLS) => {
    const token = await new SignJWT(claims(URLS[issuer], { sub: "42" }))
      .setProtectedHeader({ alg: signer.alg, kid: signer.kid, typ: "at+jwt" })
      .sign(signer.privateKey);
    await authorizer(event(`Bearer ${token}`));
    const { outcome, reason } = lines.at(-1) ?? {};
    return reason ?? outcome;
  };
}

const main = "main: { preset: generic, tenants: '*', subjects: own }\n";
const partner = (rest: string): string => `partner: { preset: generic, ${rest} }\n`;
const staff = "staff: { preset: generic, tenants: '*', memberships: instead, staff: true }\n";
const MEMBER: Item = {
  pk: "TENANT#acme",
  sk: "MEMBER#staff#42",
  v: 1,
  hash: "m1",
  generation: "g1",
  roles: [{ role: "viewer", until: SECONDS + 600, reason: "ticket 4711" }],
};

describe("Subjects: the ann of one issuer is not the ann of another", () => {
  it("satisfies a binding only if its issuer owns the tenant's people", async () => {
    const send = createWorld({ issuers: main + partner("tenants: '*'") });
    expect(await send("main")).toBe("allow");
    expect(await send("partner")).toBe("binding_not_expressible");
    expect(await send("main")).toBe("allow");
  });

  it("is the owner's in the tenants that the owner covers, and its own issuer's in others", async () => {
    const own = "main: { preset: generic, tenants: [globex], subjects: own }\n";
    const send = createWorld({ issuers: own + partner("tenants: '*'") });
    expect(await send("partner")).toBe("allow");
    expect(await send("main")).toBe("issuer_not_allowed");
    const inAcme = createWorld({
      issuers: own.replace("globex", "acme, globex") + partner("tenants: [acme]"),
    });
    expect(await inAcme("partner")).toBe("binding_not_expressible");
  });

  it("is one of the tenant's people if the tenant accepts no other issuer", async () => {
    const send = createWorld({ issuers: main + partner("tenants: '*'"), acme: "issuers: [partner]\n" });
    expect(await send("partner")).toBe("allow");
    expect(await send("main")).toBe("issuer_not_allowed");
  });

  it("is the same for several owners, for identities that one system issues", async () => {
    const send = createWorld({ issuers: main + partner("tenants: '*', subjects: own") });
    expect([await send("main"), await send("partner")]).toEqual(["allow", "allow"]);
  });

  it("is never one of the tenant's people for staff, also where staff is the only issuer", async () => {
    const both = createWorld({ issuers: main + staff, items: [MEMBER] });
    expect([await both("main"), await both("staff")]).toEqual(["allow", "binding_not_expressible"]);
    const alone = createWorld({ issuers: main + staff, acme: "issuers: [staff]\n", items: [MEMBER] });
    expect(await alone("staff")).toBe("binding_not_expressible");
    const only = createWorld({ issuers: staff, items: [MEMBER] });
    expect(await only("staff")).toBe("binding_not_expressible");
  });
});

describe("An issuer's item", () => {
  const needsOf = (issuers: string, viewer = OWN): unknown[] => {
    const items = itemsWith({ "issuers.yaml": issuers, "roles/viewer.yaml": viewer });
    return items
      .filter(({ sk }) => String(sk).startsWith("ISSUER#"))
      .map(({ name, foreignIn, needs }) => [name, foreignIn, needs]);
  };

  it("needs a reader that knows subjects, if another reader would allow more", () => {
    expect(needsOf(main + partner("tenants: [acme]") + staff)).toEqual([
      ["main", undefined, undefined],
      ["partner", ["acme"], ["subjects"]],
      ["staff", "*", ["subjects"]],
    ]);
  });

  it("needs no such reader if no role is bound to a subject, or if its issuer is the only one", () => {
    expect(needsOf(main + partner("tenants: '*'"), "allow: [documents.read]\n")).toEqual([
      ["main", undefined, undefined],
      ["partner", "*", undefined],
    ]);
    expect(needsOf("main: { preset: generic, tenants: '*' }\n")).toEqual([["main", undefined, undefined]]);
  });
});
