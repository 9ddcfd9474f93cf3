import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTrustFile } from "../../cli/start/trust-file.ts";

const KNOWN = ["main", "acme-okta"];
const GOOD = { url: "https://login.example.com", audiences: ["api"] };

let folder: string;
let keys: { public: object; private: object };
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-trust-"));
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  keys = { public: await exportJWK(publicKey), private: await exportJWK(privateKey) };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(content: unknown) {
  const file = join(folder, "trust.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return readTrustFile(file, KNOWN);
}

describe("The file of --trust", () => {
  it("has the fields of Terraform's issuers, and optionally the key set", () => {
    const jwks = { keys: [keys.public] };
    expect(read({ main: { ...GOOD, algorithms: ["PS256"], jwks } }).get("main")).toEqual({
      settings: { ...GOOD, algorithms: ["PS256"] },
      jwks,
    });
    const uri = "https://login.example.com/keys";
    expect(read({ "acme-okta": { ...GOOD, jwks_uri: uri } }).get("acme-okta")).toEqual({
      settings: { ...GOOD, jwksUri: uri },
      jwks: undefined,
    });
    const template = { ...GOOD, url: "https://login.example.com/{tid}/v2.0" };
    expect(read({ main: { ...template, jwks } }).get("main")?.settings).toEqual(template);
  });

  it.each<[string, (k: typeof keys) => unknown, RegExp]>([
    ["is not JSON", () => "{", /--trust: \S+trust\.json is not JSON: /],
    ["has no issuer", () => ({}), /expected an object of issuers by name, such as/],
    ["is a list", () => [], /expected an object of issuers by name/],
    [
      "names another issuer",
      () => ({ mian: GOOD }),
      /the policy files have no issuer "mian"; did you mean "main"\?: add it to issuers\.yaml/,
    ],
    [
      "has an issuer that is no object",
      () => ({ main: "x" }),
      /main: expected an object with url and audiences/,
    ],
    ["has no url", () => ({ main: { audiences: ["api"] } }), /main\.url must be an absolute URL/],
    ["has no audiences", () => ({ main: { url: GOOD.url } }), /main\.audiences must be a list/],
    [
      "misspells a field",
      () => ({ main: { ...GOOD, jwk_uri: "x" } }),
      /main\.jwk_uri is not one of url, jwks_uri/,
    ],
    [
      "accepts symmetric signatures",
      () => ({ main: { ...GOOD, algorithms: ["HS256"] } }),
      /main\.algorithms must be/,
    ],
    [
      "has a key set without keys",
      () => ({ main: { ...GOOD, jwks: { keys: [] } } }),
      /main\.jwks: expected a key set/,
    ],
    [
      "has only a private key",
      (k) => ({ main: { ...GOOD, jwks: { keys: [k.private] } } }),
      /main\.jwks: expected a key set with a public key/,
    ],
    [
      "has a key set and its URL",
      (k) => ({ main: { ...GOOD, jwks_uri: "https://a.example/k", jwks: { keys: [k.public] } } }),
      /main: name jwks or jwks_uri, not both/,
    ],
  ])("is rejected if it %s", (_, content, message) => {
    expect(() => read(content(keys))).toThrow(message);
  });

  it("reports all problems at once", () => {
    expect(() => read({ mian: GOOD, main: { url: "ftp://x", audiences: [] } })).toThrow(
      /no issuer "mian"[\s\S]*main\.url[\s\S]*main\.audiences/,
    );
  });

  it("is named if it does not exist", () => {
    expect(() => readTrustFile(join(folder, "none.json"), KNOWN)).toThrow(
      /^--trust: there is no file \S+none\.json$/,
    );
  });
});
