import { describe, expect, it } from "vitest";
import { itemOf, itemsWith, loadWith, problemLines } from "../../../support/policy-files.ts";

const DEFAULT = "default: { ceiling: [documents.read], scopes: [] }\n";
const clients = (text: string, others: Readonly<Record<string, string>> = {}) => ({
  "clients.yaml": text,
  ...others,
});
const main = (entries: string): string => `${DEFAULT}issuers:\n  main:\n    clients:\n${entries}`;
const problems = (text: string, others = {}): string[] => problemLines(loadWith(clients(text, others)));

describe("clients.yaml", () => {
  it("becomes the ceilings of each issuer's item, which an older reader cannot overlook", () => {
    const issuers = {
      "issuers.yaml":
        "main: { preset: generic, tenants: '*' }\nother: { preset: generic, tenants: [globex] }\n",
    };
    const text = main("      web: { ceiling: ['ANY /**'], tenants: [globex, acme] }\n").replace(
      "[documents.read], scopes: []",
      "[]",
    );
    const items = itemsWith(clients(text, issuers));
    expect(itemOf(items, "ISSUER#main")).toMatchObject({
      needs: ["clients", "delegates"],
      ceilings: {
        default: { routes: [] },
        clients: { web: { tenants: ["acme", "globex"] } },
      },
    });
    expect(itemOf(items, "ISSUER#other")).toMatchObject({
      needs: ["clients", "delegates"],
      ceilings: { default: { routes: [] }, clients: {} },
    });
  });

  it("is not in the items without the file", () => {
    expect(itemOf(itemsWith({}), "ISSUER#main")).not.toHaveProperty("ceilings");
    expect(itemOf(itemsWith({}), "ISSUER#main")).not.toHaveProperty("needs");
  });

  it("closes explicit operations to clients unless they are named", () => {
    const ceilingOf = (ceiling: string) => {
      const item = itemOf(itemsWith(clients(main(`      web: { ceiling: ${ceiling} }\n`))), "ISSUER#main");
      return (item["ceilings"] as { clients: { web: { routes: string[] } } }).clients.web.routes;
    };
    expect(ceilingOf("['ANY /**']")).not.toContain("DELETE /documents/{documentId}");
    expect(ceilingOf("['ANY /**', documents.purge]")).toContain("DELETE /documents/{documentId}");
  });

  it.each<[title: string, text: string, expected: readonly string[]]>([
    ["no default", "issuers: {}\n", ["clients.yaml:1:1: default is missing"]],
    [
      "an unknown issuer",
      `${DEFAULT}issuers:\n  mian: {}\n`,
      ['clients.yaml:3:3: there is no issuer "mian"; did you mean "main"?'],
    ],
    [
      "an unknown permission",
      main("      web: { ceiling: [documents.read, documents.raed] }\n"),
      ['clients.yaml:5:40: "documents.raed"'],
    ],
    [
      "a ceiling below the default",
      main("      web: { ceiling: [users.read] }\n"),
      ["clients.yaml:5:7: client web: the default allows GET /documents, but this does not"],
    ],
    [
      "fewer tenants than the default",
      main("      web: { ceiling: [documents.read], tenants: [acme] }\n"),
      ["clients.yaml:5:7: client web: the default allows every tenant, but this does not"],
    ],
    [
      "a delegate's ceiling below the default",
      `${DEFAULT}issuers:\n  main:\n    delegates:\n      bot: { ceiling: [users.read] }\n`,
      ["clients.yaml:5:7: delegate bot: the default allows GET /documents, but this does not"],
    ],
    [
      "an id that a pattern matches too",
      main("      web-1: { ceiling: [documents.read] }\n      web-*: { ceiling: [documents.read] }\n"),
      ["clients.yaml:5:7: client web-1: the pattern web-* matches it too"],
    ],
    [
      "a pattern of any host",
      main('      "https://*.example/x": { ceiling: [documents.read] }\n'),
      ["clients.yaml:5:7: client https://*.example/x: in a host, * is a whole label"],
    ],
    [
      "a pattern of a part of a label",
      main('      "https://a*.agents.example/x": { ceiling: [documents.read] }\n'),
      ["clients.yaml:5:7: client https://a*.agents.example/x: in a host, * is a whole label"],
    ],
    [
      "two stars",
      main('      "a**": { ceiling: [documents.read] }\n'),
      ["clients.yaml:5:7: client a**: ** is not a pattern"],
    ],
    [
      "three stars",
      main('      "*a*a*": { ceiling: [documents.read] }\n'),
      ["clients.yaml:5:7: client *a*a*: expected at most 2 *"],
    ],
  ])("rejects %s, with file and line", (_, text, expected) => {
    const found = problems(text);
    expect(found).toHaveLength(expected.length);
    for (const [index, line] of expected.entries()) expect(found[index]).toContain(line);
  });

  it("is an error for a file with a similar name", () => {
    expect(problemLines(loadWith({ "client.yaml": DEFAULT }))).toEqual([
      'client.yaml:1:1: no policy file is called "client"; did you mean "clients"?',
    ]);
  });
});

describe("a tenant's file", () => {
  const text = main("      web: { ceiling: [documents.read, users.read] }\n");
  const tenant = (clients: string) => ({ "tenants/acme.yaml": `clients:\n  main:\n    ${clients}\n` });

  it("narrows the ceilings, which an older reader cannot overlook", () => {
    const items = itemsWith(clients(text, tenant("clients: { web: { except: [users.read] } }")));
    expect(itemOf(items, "TENANT#acme")).toMatchObject({
      needs: ["clients"],
      clients: { main: { clients: { web: { except: ["GET /users/{userId}"] } } } },
    });
    expect(itemOf(itemsWith(clients(text)), "TENANT#acme")).not.toHaveProperty("needs");
  });

  it.each([
    [
      "an entry that does not exist",
      "clients: { wep: none }",
      'tenants/acme.yaml:3:16: clients: clients.yaml has no entry "wep" under clients of the issuer main; did you mean "web"?',
    ],
    [
      "less than the default",
      "clients: { web: none }",
      "tenants/acme.yaml:3:16: clients: client web: the default allows GET /documents, but this does not",
    ],
  ])("cannot take from %s", (_, written, expected) => {
    expect(problems(text, tenant(written))).toEqual([expect.stringContaining(expected)]);
  });

  it("narrows the ceilings of delegates, which an older reader cannot overlook", () => {
    const both = `${text}    delegates:\n      bot: { ceiling: [documents.read, users.read] }\n`;
    const narrowed = (delegates: string) => clients(both, tenant(`delegates: ${delegates}`));
    const items = itemsWith(narrowed("{ bot: { except: [users.read] } }"));
    expect(itemOf(items, "TENANT#acme")).toMatchObject({
      needs: ["clients", "delegates"],
      clients: { main: { delegates: { bot: { except: ["GET /users/{userId}"] } } } },
    });
    expect(problemLines(loadWith(narrowed("{ web: none, bot: none }")))).toEqual([
      expect.stringContaining('clients.yaml has no entry "web" under delegates of the issuer main'),
      expect.stringContaining("clients: delegate bot: the default allows GET /documents, but this does not"),
    ]);
  });

  it("can take everything if it takes it from the default too", () => {
    expect(problems(text, tenant("default: none\n    clients: { web: none }"))).toEqual([]);
  });

  it("cannot narrow ceilings that do not exist", () => {
    expect(problemLines(loadWith(tenant("clients: { web: none }")))).toEqual([
      "tenants/acme.yaml:2:3: clients: there is no clients.yaml, so there is no ceiling to narrow: add the file",
    ]);
  });
});
