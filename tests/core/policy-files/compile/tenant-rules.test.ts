import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CATALOGUE_KEY, type Item, ROUTES_KEY, readCatalogue } from "../../../../core/model/items.ts";
import { permissionItems } from "../../../../core/policy-files/compile/permission-items.ts";
import { readTableRules } from "../../../../core/policy-files/compile/table-rules.ts";
import { compileTenantRules, TENANT_RULES } from "../../../../core/policy-files/compile/tenant-rules.ts";
import type { TenantRules } from "../../../../core/policy-files/model/written-rules.ts";
import { draws } from "../../../support/draws.ts";
import { API, type FileTexts, itemOf, policiesOf } from "../../../support/policy-files.ts";

const FILES: FileTexts = {
  "api.yaml": API.replace(
    "  /invoices/{invoiceId}:",
    "  /orgs/{orgId}/files:\n    get: { x-portcullis: { backend: docs, permission: orgs.read } }\n  /invoices/{invoiceId}:",
  ).replace("  backends: {", "  bind: { orgId: tenant }\n  backends: {"),
  "roles/viewer.yaml": "allow: [documents.read, orgs.read]\n",
  "roles/writer.yaml": `extends: [viewer]
allow: [documents.*, { route: "PATCH /users/{userId}", where: { userId: subject } }]
except: [documents.search]
`,
  "roles/chief.yaml": "extends: [writer]\nallow: [ANY /**, documents.purge]\nexcept: [invoices.read]\n",
  "plans.yaml":
    "team: { ceiling: [ANY /**], roles: [viewer, writer] }\nfree: { ceiling: [GET /documents] }\n",
  "issuers.yaml": 'main: { preset: generic, tenants: "*" }\n',
  "clients.yaml":
    "default: { ceiling: [GET /documents] }\nissuers: { main: { clients: { cli: { ceiling: [ANY /**] } } } }\n",
  "tenants/acme.yaml": "plan: team\n",
};

/** Compiles a tenant's rules against the items of a table, which no policy file is needed for. */
function compile(rules: TenantRules, { plan = "team", files = FILES } = {}) {
  const items = permissionItems(policiesOf(files)).filter(
    ({ pk }) => pk === CATALOGUE_KEY || pk === ROUTES_KEY,
  );
  const catalogue = readCatalogue(items.filter(({ pk }) => pk === CATALOGUE_KEY));
  return compileTenantRules({ id: "acme", plan, rules }, readTableRules(items, catalogue));
}

/** Compiles the same rules as a tenant's file. */
function compileFile(rules: TenantRules): Item {
  const file = JSON.stringify({ plan: "team", ...rules });
  const item = itemOf(permissionItems(policiesOf({ ...FILES, "tenants/acme.yaml": file })), "TENANT#acme");
  return Object.fromEntries(
    [...TENANT_RULES, "needs"].flatMap((key) => (key in item ? [[key, item[key]]] : [])),
  );
}

const messages = (rules: TenantRules, options = {}): string[] =>
  compile(rules, options).problems.map(({ severity, message }) => `${severity}: ${message}`);

const CASES: readonly TenantRules[] = [
  {},
  { changes: { viewer: "none" } },
  { changes: { writer: { except: ["documents.create"] }, viewer: { except: ["GET /documents"] } } },
  { never: ["documents.*", "GET /orgs/**"] },
  {
    roles: {
      auditor: { extends: ["writer"], allow: ["documents.search", "invoices.read"], except: ["orgs.read"] },
    },
  },
  {
    changes: { viewer: "none" },
    roles: {
      lead: { description: "Leads", extends: ["aide"], allow: ["ANY /documents/**"] },
      aide: { extends: ["viewer"] },
    },
  },
  {
    roles: {
      self: { allow: [{ route: "PATCH /users/{userId}", where: { userId: "subject" } }, "documents.purge"] },
    },
  },
  { clients: { main: { clients: { cli: { except: ["documents.purge"] } } } } },
];

describe("a tenant's rules", () => {
  it.each(CASES)("compile from the table's items as from files: %j", (rules) => {
    const { content, problems } = compile(rules);
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(content).toEqual(compileFile(rules));
  });

  it("compile from the table's items as from files, whatever roles, changes and exceptions they have", () => {
    const selectors = fc.subarray([
      "documents.read",
      "documents.*",
      "documents.purge",
      "ANY /users/**",
      "GET|PUT /documents/{documentId}",
      "ANY /**",
    ]);
    const shared = ["viewer", "writer", "chief"];
    const bound = { route: "PATCH /users/{userId}", where: { userId: "subject" } };
    const role = (parents: string[]) =>
      fc.record({
        extends: fc.subarray(parents),
        allow: fc.tuple(selectors, fc.subarray([bound])).map((lines) => lines.flat()),
        except: selectors,
      });
    const change = fc.oneof(fc.constant("none" as const), fc.record({ except: selectors }));
    const rules = fc.record({
      changes: fc.dictionary(fc.constantFrom(...shared), change),
      never: selectors,
      roles: fc.record({ one: role(shared), two: role([...shared, "one"]) }),
    });
    fc.assert(
      fc.property(rules, (drawn) => {
        expect(compile(drawn).content).toEqual(compileFile(drawn));
      }),
      { numRuns: draws(300, 30) },
    );
  });

  it("are rejected with the messages of files", () => {
    expect(messages({ never: ["GET /document"] })).toEqual([
      'error: "GET /document" matches no route; did you mean "GET /documents"?',
    ]);
    expect(messages({ roles: { viewer: { allow: ["documents.read"] } } })[0]).toContain(
      'roles: "viewer" is the name of a shared role',
    );
    expect(messages({ roles: { own: { extends: ["editr"] } } })).toEqual([
      'error: extends: there is no role "editr"; expected chief, own, viewer or writer',
    ]);
    expect(messages({ changes: { editr: "none" } })[0]).toContain('there is no shared role "editr"');
    expect(messages({ clients: { main: { clients: { clu: "none" } } } })[0]).toContain('did you mean "cli"?');
    expect(messages({ rolls: {} } as TenantRules)[0]).toContain("rolls");
  });

  it("say what the plan's ceiling takes away", () => {
    const warning = messages(
      { roles: { own: { allow: ["GET /documents/{documentId}"] } } },
      { plan: "free" },
    );
    expect(warning[0]).toContain("warning: role own:");
    expect(warning[0]).toContain("outside the ceiling of plan free");
  });

  it.each([
    ["a claim that no issuer forwards", { userId: "claim.email" }],
    ["the tenant, where no shared role is bound to it", { userId: "tenant" }],
  ])("reject a binding that the proof did not count: %s", (_, where) => {
    const [message] = messages({ roles: { own: { allow: [{ route: "PATCH /users/{userId}", where }] } } });
    expect(message).toContain("so the deployed policies may have no room for this binding");
  });

  it("do not reach a route that the API binds everywhere with another binding than the API's", () => {
    const { content } = compile({ roles: { own: { allow: ["orgs.read"] } } });
    expect(content).toEqual({ roles: { own: { grants: ["GET /orgs/{orgId}/files where orgId=tenant"] } } });
  });
});
