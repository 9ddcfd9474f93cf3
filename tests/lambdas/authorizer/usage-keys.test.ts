import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { readUsage, usageKeys } from "../../../lambdas/authorizer/usage-keys.ts";
import { environmentReader } from "../../../runtime/environment.ts";

const SECRET = "a".repeat(64);

const read = (env: Record<string, string>) => {
  const reader = environmentReader(env);
  return { usage: readUsage(reader), problems: reader.problems };
};

test("without the variables plans are not enforced", () => {
  expect(read({})).toEqual({ usage: undefined, problems: [] });
});

test("both variables are required, and no problem contains the secret", () => {
  expect(read({ USAGE_PLANS_PER: "tenant", USAGE_KEY_SECRET: SECRET })).toEqual({
    usage: { per: "tenant", secret: SECRET },
    problems: [],
  });
  expect(read({ USAGE_PLANS_PER: "plan" }).problems).toEqual(["USAGE_KEY_SECRET is missing"]);
  expect(read({ USAGE_KEY_SECRET: SECRET }).problems).toEqual([
    "USAGE_PLANS_PER must be one of plan, tenant",
  ]);
  expect(read({ USAGE_PLANS_PER: "role", USAGE_KEY_SECRET: "short-secret" }).problems).toEqual([
    "USAGE_PLANS_PER must be one of plan, tenant",
    "USAGE_KEY_SECRET must have at least 32 characters",
  ]);
});

test("a key is 20 characters of the hash that Terraform computes, and each holder has its own", () => {
  const key = usageKeys(SECRET);
  const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");
  const inner = sha256(`${SECRET}:tenant:müller`);
  expect(key("tenant:müller")).toBe(sha256(`${SECRET}:${inner}`).slice(0, 20));
  const keys = [
    key("tenant:acme"),
    key("plan:acme"),
    key("tenant:globex"),
    usageKeys("b".repeat(64))("plan:acme"),
  ];
  expect(new Set(keys).size).toBe(4);
  for (const one of keys) expect(one).toMatch(/^[0-9a-f]{20}$/);
});
