import { readFileSync } from "node:fs";
import type { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { parse } from "@cdktn/hcl2json";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type SessionPolicy, tenantPolicy } from "../../examples/tenant-table/tenant-policy.ts";
import { tenantSessions } from "../../examples/tenant-table/tenant-sessions.ts";
import { allows } from "./leading-keys.ts";

const TABLE = "arn:aws:dynamodb:eu-central-1:111122223333:table/documents";
const KEYED = ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"];
const may = (
  action: string,
  leadingKeys?: readonly string[],
  resource = TABLE,
  policy = tenantPolicy(TABLE, "acme"),
) => allows(policy, { action: `dynamodb:${action}`, resource, ...(leadingKeys && { leadingKeys }) });

describe("tenantPolicy", () => {
  it.each(KEYED)("allows %s for the tenant's own items only", (action) => {
    expect(may(action, ["acme"])).toBe(true);
    for (const keys of [["globex"], ["acme", "globex"], ["Acme"], ["acme2"], [""]])
      expect(may(action, keys), keys.join()).toBe(false);
  });

  it("denies a request without a key, although ForAllValues is true for it", () => {
    expect(may("Query")).toBe(false);
    const [statement] = tenantPolicy(TABLE, "acme").Statement;
    const { Null: _, ...rest } = statement?.Condition ?? {};
    const without = { Statement: [{ ...statement, Condition: rest }] } as unknown as SessionPolicy;
    expect(may("Query", undefined, TABLE, without)).toBe(true);
  });

  it.each(["Scan", "PartiQLSelect", "DeleteTable", "UpdateTable", "DescribeTable"])(
    "does not allow %s",
    (action) => {
      expect(may(action, ["acme"])).toBe(false);
    },
  );

  it("allows no other table, and no index", () => {
    for (const resource of [`${TABLE}2`, `${TABLE}/index/by-date`, TABLE.replace("documents", "others")])
      expect(may("GetItem", ["acme"], resource)).toBe(false);
  });

  it.each([
    "",
    "*",
    "ac*",
    "acme?",
    "${aws:userid}",
    "a${",
    "$",
    "{a}",
    'a"b',
    "a\\b",
    "a b",
    "ä",
    "a\n",
    "a".repeat(129),
  ])("rejects the id %j, without the id in the message", (id) => {
    expect(() => tenantPolicy(TABLE, id)).toThrow(RangeError);
    expect(() => tenantPolicy(TABLE, id)).toThrow(/^A policy cannot contain this tenant's id/);
  });

  it.each([
    "*",
    `${TABLE}*`,
    `${TABLE}/index/*`,
    TABLE.replace("documents", "*"),
    TABLE.replace("dynamodb", "s3"),
  ])("rejects %s as a table", (arn) => {
    expect(() => tenantPolicy(arn, "acme")).toThrow("tableArn must be the ARN of one DynamoDB table");
  });

  it("rejects an id, or allows it its own items only", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (id, other) => {
        fc.pre(id !== other);
        let policy: SessionPolicy;
        try {
          policy = tenantPolicy(TABLE, id);
        } catch {
          return;
        }
        expect([may("GetItem", [id], TABLE, policy), may("GetItem", [other], TABLE, policy)]).toEqual([
          true,
          false,
        ]);
      }),
    );
  });

  it("has the same actions as the role, because a session can do only what both allow", async () => {
    const text = readFileSync("examples/tenant-table/main.tf", "utf8");
    const { resource } = (await parse("main.tf", text)) as {
      resource: { aws_iam_role_policy: { items: { policy: string }[] } };
    };
    const actions = resource.aws_iam_role_policy.items[0]?.policy.match(
      /dynamodb:[A-Z]\w+Item|dynamodb:Query/g,
    );
    expect(actions).toEqual(tenantPolicy(TABLE, "acme").Statement[0]?.Action);
  });
});

describe("tenantSessions", () => {
  afterEach(() => void vi.useRealTimers());

  const ROLE = "arn:aws:iam::111122223333:role/documents-tenant";
  /** Creates a fake STS. `response` overrides its next response. */
  function fakeSts(response: () => unknown = () => undefined) {
    const inputs: AssumeRoleCommand["input"][] = [];
    const send = async ({ input }: AssumeRoleCommand): Promise<unknown> => {
      inputs.push(input);
      const expiration = new Date(Date.now() + (input.DurationSeconds ?? 0) * 1_000);
      const credentials = {
        AccessKeyId: `key${inputs.length}`,
        SecretAccessKey: "s",
        SessionToken: "t",
        Expiration: expiration,
      };
      return response() ?? { Credentials: credentials };
    };
    return { inputs, sts: { send } as unknown as STSClient };
  }

  it("requests a session with each tenant's own policy, and a new one only when the credentials expire", async () => {
    vi.useFakeTimers();
    const { sts, inputs } = fakeSts();
    const credentialsOf = tenantSessions({ sts, roleArn: ROLE, tableArn: TABLE });
    expect((await credentialsOf("acme")).accessKeyId).toBe("key1");
    expect((await credentialsOf("globex")).accessKeyId).toBe("key2");
    expect((await credentialsOf("acme")).accessKeyId).toBe("key1");
    vi.advanceTimersByTime(841_000);
    expect((await credentialsOf("acme")).accessKeyId).toBe("key3");
    expect(inputs.map(({ Policy }) => JSON.parse(Policy ?? "") as unknown)).toEqual(
      ["acme", "globex", "acme"].map((id) => tenantPolicy(TABLE, id)),
    );
    expect(inputs[0]).toMatchObject({ RoleArn: ROLE, RoleSessionName: "tenant-acme", DurationSeconds: 900 });
  });

  it("gives sessions names that STS accepts", async () => {
    const { sts, inputs } = fakeSts();
    const credentialsOf = tenantSessions({ sts, roleArn: ROLE, tableArn: TABLE });
    await credentialsOf(`a!b:c|${"d".repeat(100)}`);
    expect(inputs[0]?.RoleSessionName).toMatch(/^tenant-a-b-c-d+$/);
    expect(inputs[0]?.RoleSessionName).toHaveLength(64);
  });

  it("does not call STS for an id that cannot be put into a policy", async () => {
    const { sts, inputs } = fakeSts();
    await expect(tenantSessions({ sts, roleArn: ROLE, tableArn: TABLE })("*")).rejects.toThrow(RangeError);
    expect(inputs).toEqual([]);
  });

  it("caches no failure", async () => {
    const responses: unknown[] = [{ Credentials: undefined }, undefined];
    const { sts } = fakeSts(() => responses.shift());
    const credentialsOf = tenantSessions({ sts, roleArn: ROLE, tableArn: TABLE });
    await expect(credentialsOf("acme")).rejects.toThrow("STS returned no credentials");
    expect((await credentialsOf("acme")).accessKeyId).toBe("key2");
  });
});
