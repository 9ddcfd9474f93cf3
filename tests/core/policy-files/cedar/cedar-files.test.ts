import { readdirSync, readFileSync } from "node:fs";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { describe, expect, it } from "vitest";
import { readPolicyFiles } from "../../../../cli/shared/policy-folder.ts";
import { cedarFiles } from "../../../../core/policy-files/cedar/cedar-files.ts";
import { quote } from "../../../../core/policy-files/cedar/cedar-text.ts";
import { loadPolicies, type PolicySet } from "../../../../core/policy-files/model/policy-set.ts";
import { CedarEngine, problemsOf } from "../../../exact/cedar/cedar-engine.ts";
import type { Question } from "../../../exact/cedar/question.ts";
import { BASE, type FileTexts, policiesOf } from "../../../support/policy-files.ts";

function samplePolicies(): PolicySet {
  const { policies } = loadPolicies(readPolicyFiles("policies"), "dev");
  if (policies === undefined) throw new Error("The sample has errors");
  return policies;
}

const policiesWith = (files: FileTexts): PolicySet => policiesOf({ ...BASE, ...files });

const ANN: Question = {
  ...{
    tenant: "acme",
    roles: ["viewer"],
    subject: "ann",
    scopes: ["docs:write"],
    claims: {},
    issuer: "main",
  },
  ...{ directory: undefined, client: "", delegate: undefined, method: "GET", path: "/documents" },
};

describe("the files of portcullis cedar", () => {
  it("are valid for the sample, policies, schema and entities together", () => {
    expect(problemsOf(cedarFiles(samplePolicies()))).toBe("");
  });

  it("have a policy for each rule, which names the file, and selectors as they are written", () => {
    const { "policies.cedar": policies } = cedarFiles(samplePolicies());
    expect(policies).toContain(`@id("roles/editor.yaml allow")
permit (
  principal in Role::"editor",
  action in [Action::"documents.write", Action::"documents.create", Action::"comments.write", Action::"PUT /files/**"],
  resource
);
`);
    expect(policies).toContain(`@id("tenants/acme.yaml never")
forbid (principal, action in [Action::"documents.purge"], resource == Tenant::"acme");
`);
    expect(policies).toContain(`@id("roles/admin.yaml allow, not explicit")
permit (principal in Role::"admin", action in [Action::"ANY /**"], resource)
when { !(action in [Action::"explicit: true"]) };
`);
    expect(policies).toContain(`@id("plans.yaml free roles")
forbid (principal is Role, action, resource in Plan::"free")
unless { [Role::"viewer", Role::"editor"].contains(principal) };
`);
  });

  it("have roles that extend others as members of them", () => {
    const entities = JSON.parse(cedarFiles(samplePolicies())["entities.json"]) as unknown[];
    expect(entities).toContainEqual({
      uid: { type: "Role", id: "editor" },
      attrs: {},
      parents: [{ type: "Role", id: "viewer" }],
    });
  });

  it.each<[string, FileTexts]>([
    ["no plans, issuers and clients", {}],
    [
      "empty lists",
      {
        "plans.yaml": "free: { ceiling: [], roles: [] }\n",
        "clients.yaml":
          "default: { ceiling: [], scopes: [], tenants: [] }\nissuers: { main: { clients: { web: { ceiling: [], scopes: [], tenants: [] } } } }\n",
        "tenants/acme.yaml":
          "plan: free\nnever: []\nissuers: []\nchanges: { viewer: { except: [] } }\nclients: { main: { default: { except: [] } } }\n",
      },
    ],
    [
      "nothing that grants",
      { "roles/viewer.yaml": "allow: []\n", "roles/other.yaml": "except: [documents.read]\n" },
    ],
    [
      "a removed role without grants",
      { "roles/viewer.yaml": "{}\n", "tenants/acme.yaml": "changes: { viewer: none }\n" },
    ],
  ])("are valid for a folder with %s", (_, files) => {
    expect(problemsOf(cedarFiles(policiesWith(files)))).toBe("");
  });

  it("compare a parameter whose name is a word of Cedar, or no name there", () => {
    const api = `${BASE["api.yaml"]}  /a/{in}/{user-id}:\n    get: { x-portcullis: { backend: docs, permission: words.read } }\n`;
    const role = "allow: [{ route: words.read, where: { in: subject, user-id: tenant } }]\n";
    const engine = new CedarEngine(policiesWith({ "api.yaml": api, "roles/viewer.yaml": role }));
    expect(problemsOf(engine.files)).toBe("");
    expect(engine.allows({ ...ANN, path: "/a/ann/acme" })).toBe(true);
    expect(engine.allows({ ...ANN, path: "/a/bob/acme" })).toBe(false);
    expect(engine.allows({ ...ANN, path: "/a/ann/globex" })).toBe(false);
  });
});

/** Returns policies whose selectors are not expanded, except the API's operations. */
function withoutExpansion<T>(value: T): T {
  const strip = (part: unknown): unknown => {
    if (part instanceof Map) return new Map([...part].map(([key, inner]) => [key, strip(inner)]));
    if (Array.isArray(part)) return part.map(strip);
    if (typeof part !== "object" || part === null) return part;
    const entries = Object.entries(part).map(([key, inner]) => [
      key,
      key === "operations" ? [] : strip(inner),
    ]);
    return Object.fromEntries(entries);
  };
  return strip(value) as T;
}

describe("what the compiler computes", () => {
  it("has no part in the files: they are the same if no selector was expanded", () => {
    const { api, ...rules } = samplePolicies();
    const stripped = withoutExpansion(rules);
    expect(stripped.roles.get("viewer")?.allow[0]).toMatchObject({ text: "documents.read", operations: [] });
    expect(cedarFiles({ ...stripped, api })).toEqual(cedarFiles(samplePolicies()));
  });

  it("is not imported", () => {
    const folder = "core/policy-files/cedar";
    const imported = readdirSync(folder).flatMap((file) =>
      [...readFileSync(`${folder}/${file}`, "utf8").matchAll(/^import (?!type )[^;]* from "([^"]+)"/gm)].map(
        ([, path = ""]) => path,
      ),
    );
    expect([...new Set(imported)].filter((path) => path.startsWith("../")).sort()).toEqual([
      "../../model/client-ceilings.ts",
      "../../model/directory.ts",
      "../../model/route.ts",
      "../model/operation.ts",
    ]);
  });
});

describe("the ceiling of a delegate", () => {
  it("of an issuer with a url in the files is that of its own tokens alone", () => {
    const issuer = { preset: "generic", tenants: "*" };
    const trust = { url: "https://partner.example", audiences: ["api"] };
    const wide = { ceiling: ["documents.read"] };
    const engine = new CedarEngine(
      policiesWith({
        "issuers.yaml": JSON.stringify({ main: issuer, partner: { ...issuer, ...trust } }),
        "clients.yaml": JSON.stringify({
          default: { ceiling: [] },
          issuers: {
            main: { clients: { web: wide }, delegates: { agent: wide } },
            partner: { clients: { web: wide }, delegates: { agent: wide } },
          },
        }),
      }),
    );
    const through = (from: string, home: string, subject = "agent"): boolean =>
      engine.allows({ ...ANN, issuer: from, client: "web", delegate: { issuer: home, subject } });
    expect(through("partner", "partner")).toBe(true);
    expect(through("main", "partner")).toBe(false);
    expect(through("main", "main")).toBe(true);
    expect(through("partner", "main")).toBe(true);
    expect(through("main", "main", "unknown")).toBe(false);
    expect(through("partner", "https://elsewhere.example")).toBe(false);
  });
});

describe("a hostile name", () => {
  const NAMES = [
    'a"b',
    "a\\",
    'a\\"b',
    "a\nb",
    "a\u0000b",
    "\u202eabc",
    "ö😀",
    "${x} *",
    'a"); permit (principal, action, resource); //',
  ];

  it.each(NAMES)("%j is the same name in Cedar", (name) => {
    const parsed = cedar.policyToJson(
      `@id(${quote(name)}) permit (principal == Tenant::${quote(name)}, action, resource);`,
    );
    expect(parsed).toMatchObject({
      type: "success",
      json: { annotations: { id: name }, principal: { op: "==", entity: { type: "Tenant", id: name } } },
    });
  });

  it("that is no text is one in Cedar", () => {
    expect(quote("a\ud800b")).toBe('"a\ufffdb"');
  });

  it("writes no character that changes the order of a line", () => {
    expect(quote("\u202e\u2066")).toBe('"\\u{202e}\\u{2066}"');
  });

  it("of a tenant, a client, a delegate and a file adds no policy, and decides like another", () => {
    const id = 'x", action, resource); permit (principal, action, resource); //';
    const texts = (tenant: string, entry: string): FileTexts => ({
      "clients.yaml": JSON.stringify({
        default: { ceiling: [] },
        issuers: {
          main: {
            clients: { [entry]: { ceiling: ["documents.*"] } },
            delegates: { [entry]: { ceiling: ["documents.*"] } },
          },
        },
      }),
      "tenants/hostile.yaml": JSON.stringify({
        id: tenant,
        never: ["documents.create"],
        roles: { own: { allow: ["documents.create", "documents.search"] } },
        clients: { main: { clients: { [entry]: { except: ["documents.search"] } } } },
      }),
    });
    const [hostile, plain] = [texts(id, id), texts("plain", "plain")].map(
      (files) => new CedarEngine(policiesWith(files)),
    );
    expect(hostile && problemsOf(hostile.files)).toBe("");
    const count = (engine?: CedarEngine) =>
      engine?.files["policies.cedar"].match(/^(permit|forbid) /gm)?.length;
    expect(count(hostile)).toBe(count(plain));
    for (const path of ["/documents", "/documents/search"])
      for (const method of ["GET", "POST"])
        for (const role of ["viewer", "own", "none"]) {
          const as = (name: string): Question => ({
            ...ANN,
            tenant: name,
            client: name,
            roles: [role],
            method,
            path,
          });
          expect(hostile?.allows(as(id))).toBe(plain?.allows(as("plain")));
        }
    expect(hostile?.allows({ ...ANN, tenant: id, client: id })).toBe(true);
  });

  it("of a role in a token gives no role of another tenant", () => {
    const own = { roles: { own: { extends: ["viewer"] } } };
    const engine = new CedarEngine(
      policiesWith({
        "tenants/acme.yaml": JSON.stringify({}),
        "tenants/below.yaml": JSON.stringify({ id: "acme/x", ...own }),
      }),
    );
    expect(engine.allows({ ...ANN, tenant: "acme/x", roles: ["own"] })).toBe(true);
    expect(engine.allows({ ...ANN, tenant: "acme", roles: ["x/own"] })).toBe(false);
    expect(engine.allows({ ...ANN, tenant: "acme", roles: ["acme/x/own"] })).toBe(false);
  });
});
