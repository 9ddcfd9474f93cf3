import { describe, expect, it } from "vitest";
import { readItems } from "../../../../core/policy-files/compile/catalogue.ts";
import { orderWrites } from "../../../../core/policy-files/publish/steps.ts";
import { digest } from "../../../../core/policy-files/source/digest.ts";
import { itemsWith, loadWith, problemLines } from "../../../support/policy-files.ts";

const OKTA =
  "acme-okta: { preset: okta, tenants: [acme], url: https://acme.okta.com/oauth2/default, audiences: [api] }\n";
const MAIN = "main: { preset: generic, tenants: '*', subjects: own }\n";
const itemsOf = (text: string) => itemsWith({ "issuers.yaml": text });
const ownItems = (text: string) =>
  itemsOf(text)
    .filter(({ pk }) => String(pk).startsWith("ISSUER#"))
    .sort((a, b) => (String(a["sk"]) < String(b["sk"]) ? -1 : 1));
const problemsOf = (text: string) => problemLines(loadWith({ "issuers.yaml": text }));

describe("an issuer with a url", () => {
  it("is one item by the hash of its URL, and none of the catalogue", () => {
    const url = "https://acme.okta.com/oauth2/default";
    const pk = `ISSUER#${digest(url, 64)}`;
    expect(ownItems(OKTA)).toMatchObject([
      { pk, sk: "ISSUER", name: "acme-okta", tenants: ["acme"], preset: "okta", owner: "files", v: 1 },
      { pk: "ISSUER#acme-okta", sk: "NAME", name: "acme-okta", partition: pk, owner: "files" },
    ]);
    expect(ownItems(OKTA)[0]?.["trust"]).toEqual({ url, audiences: ["api"], algorithms: ["RS256"] });
    expect(itemsOf(OKTA).filter(({ sk }) => String(sk).startsWith("ISSUER#"))).toEqual([]);
  });

  it("is found by its name by every tool that reads compiled items", () => {
    const { catalogue } = readItems(itemsOf(MAIN + OKTA));
    expect([...catalogue.issuers.keys()]).toEqual(["main", "acme-okta"]);
  });

  it("may have several URLs, which are one issuer", () => {
    const urls = ["https://eu.login.example.com", "https://us.login.example.com"];
    const items = ownItems(
      `replicas: { preset: generic, tenants: '*', url: [${urls.join(", ")}], audiences: [api] }\n`,
    );
    const found = items.filter(({ sk }) => sk === "ISSUER");
    expect(found.map(({ trust }) => (trust as { url: string }).url).sort()).toEqual(urls);
    expect(new Set(found.map(({ name }) => name))).toEqual(new Set(["replicas"]));
    expect(items).toHaveLength(3);
  });

  it("has its algorithms and its key location", () => {
    const [item] = ownItems(
      "a: { preset: generic, tenants: '*', url: https://a.example.com, audiences: [api], algorithms: [ES256], jwks_uri: https://keys.example.com/a }\n",
    );
    expect(item?.["trust"]).toEqual({
      url: "https://a.example.com",
      jwksUri: "https://keys.example.com/a",
      audiences: ["api"],
      algorithms: ["ES256"],
    });
  });

  it.each([
    "http://a.example.com",
    "https://localhost",
    "https://10.0.0.1/a",
    "https://user@a.example.com",
    "https://a.example.com/#x",
    "https://a.example.com/{pool}",
  ])("must have an https URL of a public host: %s", (url) => {
    expect(problemsOf(`a: { preset: generic, tenants: '*', url: "${url}", audiences: [api] }\n`)).toEqual([
      expect.stringMatching(/^issuers\.yaml:1:\d+: .*expected an https URL of a public host/),
    ]);
  });

  it("needs audiences", () => {
    expect(problemsOf("a: { preset: generic, tenants: '*', url: https://a.example.com }\n")).toEqual([
      expect.stringMatching(/^issuers\.yaml:1:\d+: issuer a: url requires audiences/),
    ]);
  });

  it.each(["audiences: [api]", "algorithms: [ES256]", "jwks_uri: https://a.example.com"])(
    "alone has %s, because Terraform has it for the others",
    (key) => {
      expect(problemsOf(`a: { preset: generic, tenants: '*', ${key} }\n`)).toEqual([
        expect.stringMatching(/^issuers\.yaml:1:\d+: issuer a: \w+ is only used with url/),
      ]);
    },
  );

  it("shares its URL with no other issuer", () => {
    const twin = OKTA.replace("acme-okta:", "twin:");
    expect(problemsOf(OKTA + twin)).toEqual([
      "issuers.yaml:2:45: issuer twin: https://acme.okta.com/oauth2/default is also a url of issuer acme-okta: a URL has one issuer",
    ]);
  });

  it("is compiled and checked in time that grows with the number of issuers", () => {
    const many = Array.from(
      { length: 2_000 },
      (_, i) => `i${i}: { preset: okta, tenants: [t${i}], url: https://t${i}.okta.com, audiences: [api] }\n`,
    ).join("");
    const startedAt = performance.now();
    expect(ownItems(many)).toHaveLength(4_000);
    expect(performance.now() - startedAt).toBeLessThan(60_000);
  });
});

describe("publish", () => {
  const narrower = OKTA.replace("[acme]", "[globex]");

  it("writes issuers alone in any order", () => {
    expect(
      orderWrites(itemsOf(MAIN + OKTA), itemsOf(MAIN + narrower)).map(({ name, waits }) => [name, waits]),
    ).toEqual([["all", false]]);
  });

  it("waits between an issuer and the catalogue, because an authorizer caches both apart", () => {
    const role = { "roles/viewer.yaml": "allow: [documents.write]\n" };
    const before = itemsOf(MAIN + OKTA);
    const after = itemsWith({ "issuers.yaml": MAIN + narrower, ...role });
    const steps = orderWrites(before, after);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.slice(1).every(({ waits }) => waits)).toBe(true);
  });
});
