import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { issuerPartition } from "../../runtime/jwt/table-issuers.ts";
import { allows } from "../examples/leading-keys.ts";

const page = readFileSync(new URL("../../docs/run-time.md", import.meta.url), "utf8");

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Resource: string;
  readonly Condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

const policies = [...page.matchAll(/```json\n(.*?)```/gs)]
  .map(([, json = ""]) => JSON.parse(json) as { readonly Statement?: readonly Statement[] })
  .flatMap(({ Statement = [] }) => Statement);
const policy = {
  Statement: policies.map((statement) => ({ ...statement, Action: [statement.Action].flat() })),
};
const TABLE = "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-prod";
const may = (action: string, ...leadingKeys: string[]): boolean =>
  allows(policy as never, {
    action: `dynamodb:${action}`,
    resource: TABLE,
    ...(leadingKeys.length > 0 && { leadingKeys }),
  });

const WRITES = [
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "BatchWriteItem",
  "TransactWriteItems",
  "PartiQLInsert",
  "PartiQLUpdate",
  "PartiQLDelete",
];
const ISSUER = issuerPartition("https://login.example.com");

describe("The role of sign-up code", () => {
  it("writes tenants and their history", () => {
    expect([may("PutItem", "TENANT#acme"), may("DeleteItem", "TENANT#acme")]).toEqual([true, true]);
    expect(may("PutItem", "AUDIT#acme")).toBe(true);
  });

  it("reads the catalogue and the routes, which a tenant's roles are checked against", () => {
    expect([may("Query", "CATALOGUE"), may("Query", "ROUTES")]).toEqual([true, true]);
  });

  it("writes directories of tenants, which count only if the tenant lists them", () => {
    const key = "DIRECTORY#pools#eu-central-1_AbC";
    expect([may("PutItem", key), may("DeleteItem", key), may("GetItem", key)]).toEqual([true, true, true]);
  });

  it.each(WRITES)("writes no issuer, and nothing else of the policy files, by %s", (action) => {
    for (const key of [
      ISSUER,
      "ISSUER#acme-okta",
      "ISSUERS",
      "CATALOGUE",
      "ROUTES",
      "KEYS",
      "HISTORY",
      "SHADOW#CATALOGUE",
    ]) {
      expect(may(action, key), key).toBe(false);
      expect(may(action, "TENANT#acme", key), key).toBe(false);
    }
    expect(may(action)).toBe(false);
  });

  it("reads an issuer by its key, and lists none", () => {
    expect(may("GetItem", ISSUER)).toBe(true);
    for (const action of ["Query", "Scan"]) expect(may(action, ISSUER)).toBe(false);
    expect(may("Scan")).toBe(false);
  });
});
