import { describe, expect, it } from "vitest";
import { apiDefinition } from "../../../../core/policy-files/openapi/api-definition.ts";
import { httpDefinition } from "../../../../core/policy-files/openapi/http-definition.ts";
import { openMethods } from "../../../../core/policy-files/openapi/open-methods.ts";
import { renderTemplate } from "../../../../core/policy-files/openapi/render-template.ts";
import { METADATA_PATH, metadataTemplate } from "../../../../core/policy-files/openapi/resource-metadata.ts";
import { layoutFor } from "../../../support/compiled.ts";
import {
  API,
  BASE,
  type FileTexts,
  loadWith,
  policiesOf,
  problemLines,
} from "../../../support/policy-files.ts";

const ADVERTISED = 'main: { preset: generic, tenants: "*", advertised: true }\n';
const policiesWith = (files: FileTexts = {}) =>
  policiesOf({
    ...BASE,
    "issuers.yaml": ADVERTISED,
    "roles/viewer.yaml": "allow: [documents.read]\n",
    ...files,
  });
const render = (files: FileTexts, values: Record<string, string>): unknown => {
  const template = metadataTemplate(policiesWith(files).api)?.template ?? "";
  return JSON.parse(String(renderTemplate(template, { resource_url: "https://api.example.com", ...values })));
};

describe("the metadata document", () => {
  it("names the API, the advertised issuers and the scopes", () => {
    const issuers = `${ADVERTISED}other: { preset: generic, tenants: "*" }\nlisted: { preset: generic, tenants: [acme] }\n`;
    expect(render({ "issuers.yaml": issuers }, { issuer_main_url: "https://login.example.com" })).toEqual({
      resource: "https://api.example.com",
      authorization_servers: ["https://login.example.com"],
      scopes_supported: ["docs:write"],
      bearer_methods_supported: ["header"],
      resource_name: "Small",
    });
  });

  it("names every URL of an issuer that the files know, and asks Terraform for the others", () => {
    const issuers = `two: { preset: generic, tenants: "*", advertised: true, url: [https://a.example.com, https://b.example.com/x], audiences: [api] }\n${ADVERTISED}`;
    expect(metadataTemplate(policiesWith({ "issuers.yaml": issuers }).api)?.issuers).toEqual(["main"]);
    expect(render({ "issuers.yaml": issuers }, { issuer_main_url: "https://m.example.com" })).toMatchObject({
      authorization_servers: ["https://a.example.com", "https://b.example.com/x", "https://m.example.com"],
    });
  });

  it("keeps a title that templates would read, and no sign that they read", () => {
    const title = '"$input #set(1) %{if} ${x} \\\\"';
    const api = API.replace("title: Small", `title: ${JSON.stringify(title)}`);
    const text = metadataTemplate(policiesWith({ "api.yaml": api }).api)?.template ?? "";
    expect(text.replace(/\$\{(resource_url|issuer_main_url)\}/g, "")).not.toMatch(/[$#%]/);
    expect(render({ "api.yaml": api }, { issuer_main_url: "x" })).toMatchObject({ resource_name: title });
  });
});

describe("the route of the metadata document", () => {
  it("is a mock without an authorizer, with a preflight for clients in browsers", () => {
    const { api } = policiesWith();
    const { paths } = apiDefinition(api, layoutFor(policiesWith(), "route")) as {
      paths: Record<string, Record<string, Record<string, unknown>>>;
    };
    const { get, options } = paths[METADATA_PATH] ?? {};
    expect(get).toMatchObject({
      security: [],
      "x-amazon-apigateway-integration": {
        type: "mock",
        // Without it, a mock is a 500 if the API's binary media types contain */*.
        contentHandling: "CONVERT_TO_TEXT",
        responses: {
          default: {
            contentHandling: "CONVERT_TO_TEXT",
            responseTemplates: { "application/json": "${resource_metadata}" },
          },
        },
      },
    });
    expect(JSON.stringify(options)).toContain("MCP-Protocol-Version");
    expect(openMethods(api).resources).toContain("GET/.well-known/oauth-protected-resource");
  });

  it("is a function in an HTTP API", () => {
    const policies = policiesWith();
    const { paths } = httpDefinition(policies.api, {
      ...layoutFor(policies, "route"),
      front: "http-simple",
    }) as {
      paths: Record<string, unknown>;
    };
    expect(paths[METADATA_PATH]).toMatchObject({
      get: { security: [], "x-amazon-apigateway-integration": { uri: "${resource_metadata_uri}" } },
    });
  });

  it("changes nothing else of the API: neither the layout nor another path", () => {
    const without = policiesWith({ "issuers.yaml": ADVERTISED.replace(", advertised: true", "") });
    const [before, after] = [without, policiesWith()].map((policies) => {
      const layout = layoutFor(policies, "route");
      const { [METADATA_PATH]: _, ...paths } = apiDefinition(policies.api, layout)["paths"] as object & {
        [METADATA_PATH]?: unknown;
      };
      return { layout, paths };
    });
    expect(after).toEqual(before);
  });

  it("cannot be a route of the team's own as well", () => {
    const api = `${API}  ${METADATA_PATH}:\n    post: { x-portcullis: { backend: docs, public: true } }\n`;
    expect(problemLines(loadWith({ "issuers.yaml": ADVERTISED, "api.yaml": api }))).toContain(
      `api.yaml:25:5: POST ${METADATA_PATH}: Portcullis serves this path itself, because issuer main is advertised: remove the route, or advertised in issuers.yaml`,
    );
    const issuers = ADVERTISED.replace(", advertised: true", "");
    expect(loadWith({ "issuers.yaml": issuers, "api.yaml": api }).policies).toBeDefined();
  });
});

describe("an issuer that cannot be advertised", () => {
  it.each([
    ["whose tenants are a list", "tenants: [acme]", "belongs to certain tenants"],
    [
      "whose URL has a query",
      'tenants: "*", audiences: [api], url: "https://login.example.com/a?b=c"',
      "needs a url of which every client knows the issuer",
    ],
    [
      "whose URL has a sign that templates read",
      'tenants: "*", audiences: [api], url: "https://login.example.com/$input"',
      "needs a url of which every client knows the issuer",
    ],
  ])("is one %s", (_, settings, message) => {
    const issuers = `main: { preset: generic, advertised: true, ${settings} }\n`;
    expect(problemLines(loadWith({ "issuers.yaml": issuers }))).toEqual([
      expect.stringMatching(new RegExp(`^issuers.yaml:1:26: issuer main: .*${message}`)),
    ]);
  });

  it("has a name that differs from another issuer's only in signs that no placeholder has", () => {
    const issuers = `a-b: { preset: generic, tenants: "*", advertised: true }\na_b: { preset: generic, tenants: "*" }\n`;
    expect(problemLines(loadWith({ "issuers.yaml": issuers }))).toEqual([
      expect.stringContaining('issuers "a-b" and "a_b" differ only in case or in characters'),
    ]);
  });
});
