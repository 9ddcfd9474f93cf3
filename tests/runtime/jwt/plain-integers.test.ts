import { describe, expect, it } from "vitest";
import type { UnverifiedToken } from "../../../core/decision/bearer-token.ts";
import { namesAt } from "../../../core/decision/claim-readings.ts";
import type { ClaimLocation } from "../../../core/model/claim-location.ts";
import type { IssuerItem } from "../../../core/model/items.ts";
import { withPlainIntegers } from "../../../runtime/jwt/plain-integers.ts";
import { issuerItem } from "../../support/fixtures.ts";

const ISSUER = issuerItem();
const TENANT: ClaimLocation = { path: ["org", "id"], as: "integer" };
const itemWith = (tenant: ClaimLocation): IssuerItem => ({ ...ISSUER, claims: { ...ISSUER.claims, tenant } });

function read(json: string, item: IssuerItem = itemWith(TENANT)): Readonly<Record<string, unknown>> {
  const token = `e30.${Buffer.from(json).toString("base64url")}.AAAA` as UnverifiedToken;
  return withPlainIntegers(token, JSON.parse(json) as Record<string, unknown>, item);
}
const tenants = (number: string): string[] =>
  namesAt(read(`{"a":"1e3 \\" 2.5","iat":1.5,"org":{"id":${number},"size":2e3}}`), TENANT);

describe("an integer of a token", () => {
  it.each(["42", "-42", "0"])("%s is its decimal string", (number) => {
    expect(tenants(number)).toEqual([number]);
  });

  it.each(["42.0", "4.2e1", "42E0", "420e-1", "-42.0", "1e300", "9007199254740993", "-0"])(
    "written as %s names nobody",
    (number) => {
      expect(tenants(number)).toEqual([]);
    },
  );

  it("changes no other claim", () => {
    expect(read('{"iat":1.5e9,"org":{"id":4.0,"__proto__":1},"__proto__":{"id":1e1}}')).toEqual(
      JSON.parse('{"iat":1500000000,"org":{"id":null,"__proto__":1},"__proto__":{"id":10}}', (key, value) =>
        key === "id" && value === null ? Number.NaN : (value as unknown),
      ),
    );
  });

  it("is not looked for if the issuer's item reads none", () => {
    const payload = { org: { id: 42 } };
    expect(withPlainIntegers("" as UnverifiedToken, payload, itemWith(["org", "id"]))).toBe(payload);
  });
});
