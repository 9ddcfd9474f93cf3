import { describe, expect, it } from "vitest";
import { trustChanges } from "../../../../core/policy-files/access/trust-changes.ts";
import { permissionItems } from "../../../../core/policy-files/compile/permission-items.ts";
import { API, type FileTexts, policiesOf } from "../../../support/policy-files.ts";

const FOLDER: FileTexts = {
  "api.yaml": API,
  "roles/viewer.yaml": "allow: [documents.read]\n",
  "tenants/acme.yaml": "name: Acme\n",
  "issuers.yaml": 'main: { preset: generic, tenants: "*" }\nother: { preset: okta, tenants: [acme] }\n',
};
const URL_ISSUER = 'other: { preset: okta, tenants: [acme], url: "https://a.example", audiences: [api] }\n';
const withIssuers = (text: string): FileTexts => ({
  "issuers.yaml": `main: { preset: generic, tenants: "*" }\n${text}`,
});

function stateOf(files: FileTexts) {
  const policies = policiesOf({ ...FOLDER, ...files });
  return { api: policies.api, items: permissionItems(policies) };
}
const changed = (after: FileTexts, before: FileTexts = {}) => trustChanges(stateOf(before), stateOf(after));
const inApi = (from: string, to: string): FileTexts => {
  expect(API).toContain(from);
  return { "api.yaml": API.replace(from, to) };
};

describe("what gives access without a change of a role", () => {
  it.each<[string, FileTexts, string[]]>([
    ["nothing", {}, []],
    ["a description", withIssuers("other: { preset: okta, tenants: [acme], description: Okta }\n"), []],
    [
      "a route that becomes public",
      inApi("permission: files.read", "public: true"),
      ["GET /files/{proxy+} is public (was guarded)"],
    ],
    [
      "a new public route",
      inApi(
        "  /health:",
        "  /status:\n    get: { x-portcullis: { backend: docs, public: true } }\n  /health:",
      ),
      ["GET /status is new and public"],
    ],
    [
      "a new guarded route",
      inApi("  /health:", "  /a:\n    get: { x-portcullis: { backend: docs, permission: a } }\n  /health:"),
      [],
    ],
    [
      "a scope that is no longer needed",
      inApi(", scopes: [docs:write]", ""),
      ["DELETE /documents/{documentId} needs other scopes: none (was docs:write)"],
    ],
    [
      "a tenant selector",
      inApi("  backends:", "  tenant: { header: X-Tenant }\n  backends:"),
      ["requests name their tenant in another way"],
    ],
    [
      "an issuer for more tenants",
      withIssuers('other: { preset: okta, tenants: "*" }\n'),
      ["issuer other changes: tenants"],
    ],
    [
      "another preset",
      withIssuers("other: { preset: generic, tenants: [acme] }\n"),
      [expect.stringMatching(/^issuer other changes: .*claims/) as unknown as string],
    ],
    ["an issuer that is removed", withIssuers(""), ["issuer other is no longer trusted"]],
    [
      "a tenant that accepts fewer issuers",
      { "tenants/acme.yaml": "issuers: [main]\n" },
      ["tenant acme accepts tokens of other issuers"],
    ],
    ["a new tenant, which the diff of access has", { "tenants/newco.yaml": "name: Newco\n" }, []],
  ])("%s", (_, after, lines) => {
    expect(changed(after)).toEqual(lines);
  });

  it("is another URL of an issuer of the files, which is another issuer", () => {
    const moved = withIssuers(URL_ISSUER.replace("a.example", "b.example"));
    expect(changed(moved, withIssuers(URL_ISSUER)).sort()).toEqual([
      "issuer other is no longer trusted",
      "issuer other is trusted from now on",
    ]);
    const audiences = withIssuers(URL_ISSUER.replace("[api]", "[api, web]"));
    expect(changed(audiences, withIssuers(URL_ISSUER))).toEqual(["issuer other changes: trust"]);
  });

  it("lists all that is open or trusted in a new folder", () => {
    expect(trustChanges(undefined, stateOf({}))).toEqual([
      "GET /health is new and public",
      "issuer main is trusted from now on",
      "issuer other is trusted from now on",
    ]);
  });
});
