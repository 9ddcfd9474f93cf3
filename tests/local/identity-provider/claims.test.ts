import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { MAIN_ISSUER } from "../../../core/policy-files/model/issuers.ts";
import {
  createIdentityProvider,
  type TokenRequest,
} from "../../../local/identity-provider/identity-provider.ts";

async function mint(request: TokenRequest, claims: Partial<typeof MAIN_ISSUER.claims> = {}) {
  const issuer = { ...MAIN_ISSUER, claims: { ...MAIN_ISSUER.claims, ...claims } };
  return decodeJwt(await createIdentityProvider("http://127.0.0.1/main", () => issuer).mint(request));
}

const NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];

describe("The local identity provider", () => {
  it.each(NAMES)("changes no prototype by a claim's path through %s", async (name) => {
    const before = [Object.prototype, Object, Function.prototype, Object.prototype.toString].map((object) =>
      Object.getOwnPropertyNames(object),
    );
    const token = await mint({ tenants: ["acme"] }, { tenant: [name, "polluted"] });
    expect(Object.getOwnPropertyDescriptor(token, name)?.value).toEqual({ polluted: "acme" });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(
      [Object.prototype, Object, Function.prototype, Object.prototype.toString].map((object) =>
        Object.getOwnPropertyNames(object),
      ),
    ).toEqual(before);
  });

  it.each(NAMES)("mints a claim named %s like any other", async (name) => {
    const request = JSON.parse(`{"claims":{"${name}":{"polluted":"yes"}}}`) as TokenRequest;
    const token = await mint(request);
    expect(Object.getOwnPropertyDescriptor(token, name)?.value).toEqual({ polluted: "yes" });
    expect(token["polluted"]).toBeUndefined();
  });

  it.each(NAMES)("mints roles in a tenant named %s", async (name) => {
    const token = await mint({ tenants: [name], roles: [`${name}:viewer`, `${name}:admin`] });
    const roles = token["roles"] as object;
    expect(Object.getOwnPropertyDescriptor(roles, name)?.value).toEqual(["viewer", "admin"]);
  });
});
