import { DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { explain } from "../../cli/commands/policies/explain.ts";
import { history } from "../../cli/commands/run-time/history.ts";
import { issuer } from "../../cli/commands/run-time/issuer.ts";
import { revoke } from "../../cli/commands/run-time/revoke.ts";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { TABLE_NAME } from "../../local/table/table.ts";
import { runVerb } from "../cli/run-verb.ts";
import { BASE, policiesOf } from "../support/policy-files.ts";

/** Long enough that a warm decision is seen to ignore the table, and short enough for a test. */
const TTL_SECONDS = 1;

let stack: Stack;
const lines: Record<string, unknown>[] = [];

beforeAll(async () => {
  stack = await startStack({
    policies: [
      policiesOf({
        ...BASE,
        "issuers.yaml": "main: { preset: generic, tenants: '*' }\nother: { preset: generic, tenants: '*' }\n",
        "roles/viewer.yaml": "allow: [documents.read]\n",
        "tenants/globex.yaml": "name: Globex\n",
      }),
    ],
    cache: "auto",
    ttl: 0,
    permissionsTtl: TTL_SECONDS,
    port: 0,
    onLambdaLog: (line) => line.startsWith("{") && lines.push(JSON.parse(line)),
  });
  vi.stubEnv("AWS_ENDPOINT_URL", stack.origin);
  vi.stubEnv("TABLE", TABLE_NAME);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await stack.close();
});

const mint = async (name: string): Promise<string> =>
  (await stack.provider(name)?.mint({ tenants: ["acme"], roles: ["viewer"], subject: "ann" })) ?? "";

/** Sends a request. Returns the status and the decision's code. */
async function send(token: string): Promise<[status: number, code: unknown]> {
  const { status } = await fetch(`${stack.origin}/documents`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return [status, lines.filter(({ message }) => message === "decision").at(-1)?.["code"]];
}

const change = async (...args: string[]): Promise<void> => {
  const { status, stdout, stderr } = await runVerb(issuer, ...args, "--reason", "drill");
  expect([status, stderr], stdout).toEqual([0, ""]);
};

/** Waits until the response has this status and code, at most as long as the authorizer caches. */
async function expectInForce(token: string, expected: [status: number, code: unknown]): Promise<void> {
  const end = Date.now() + TTL_SECONDS * 1_000 + 1_000;
  let found = await send(token);
  while (JSON.stringify(found) !== JSON.stringify(expected) && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    found = await send(token);
  }
  expect(found).toEqual(expected);
}

const ALLOWED: [number, unknown] = [200, undefined];
const kidOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).kid;

describe("The drill of the kill switches", { timeout: 60_000 }, () => {
  it("an issuer of the files is suspended within the TTL, alone, and reinstated", async () => {
    const [main, other] = [await mint("main"), await mint("other")];
    expect(await send(main)).toEqual(ALLOWED);
    await change("suspend", "main");
    await expectInForce(main, [401, "issuer_suspended"]);
    expect(await send(await mint("main"))).toEqual([401, "issuer_suspended"]);
    expect(await send(other)).toEqual(ALLOWED);
    await change("reinstate", "main");
    await expectInForce(main, ALLOWED);
  });

  it("a key is denied within the TTL, alone, while the issuer still publishes it, and allowed again", async () => {
    const before = await mint("main");
    const kid = kidOf(before);
    await stack.provider("main")?.rotate();
    const after = await mint("main");
    expect(await send(before)).toEqual(ALLOWED);
    await change("deny-key", "main", kid);
    await expectInForce(before, [401, "key_denied"]);
    expect(await send(after)).toEqual(ALLOWED);
    await change("allow-key", "main", kid);
    await expectInForce(before, ALLOWED);
  });

  it("a published state of the files changes no switch", async () => {
    const token = await mint("other");
    await change("suspend", "other");
    await stack.update([
      policiesOf({
        ...BASE,
        "issuers.yaml": "main: { preset: generic, tenants: '*' }\nother: { preset: generic, tenants: '*' }\n",
        "roles/viewer.yaml": "allow: [documents.read, files.read]\n",
        "tenants/globex.yaml": "name: Globex\n",
      }),
    ]);
    await expectInForce(token, [401, "issuer_suspended"]);
    expect((await runVerb(issuer, "list")).stdout).toBe("main  active\nother  suspended\n");
    await change("reinstate", "other");
    await expectInForce(token, ALLOWED);
  });

  it("a switch that cannot be read is a 500 for this issuer's callers, and for nobody else", async () => {
    const [main, other] = [await mint("main"), await mint("other")];
    const item = { pk: "ISSUERS", sk: "other", v: 1, owner: "runtime", hash: "x", name: "other" };
    for (const invalid of [
      { ...item, status: "paused", deniedKeys: [] },
      { ...item, status: "active" },
      { ...item, status: "active", deniedKeys: [], needs: ["more"] },
      { ...item, status: "active", deniedKeys: [], v: 2 },
      { ...item, status: "active", deniedKeys: [], name: "main" },
    ]) {
      await stack.dynamodb.send(
        new PutItemCommand({ TableName: TABLE_NAME, Item: marshallItem(invalid) as never }),
      );
      await new Promise((resolve) => setTimeout(resolve, TTL_SECONDS * 1_000));
      expect(await send(other)).toEqual([500, "item_invalid"]);
      expect(await send(main)).toEqual(ALLOWED);
    }
  });

  it("has every change in the issuer's history, and explain --table knows the switch", async () => {
    await change("suspend", "main");
    const entries = (await runVerb(history, "--issuer", "main")).stdout.trim().split("\n");
    expect(entries.map((line) => line.slice(line.indexOf("  ")))).toEqual(
      ["suspend issuer", "reinstate issuer", "deny key", "allow key", "suspend issuer"].map((what): unknown =>
        expect.stringMatching(new RegExp(`^ {2}issuer main {2}${what}.* by local \\(drill\\): done$`)),
      ),
    );
    expect((await runVerb(history)).stdout).toContain("issuer main  suspend issuer  by local (drill): done");
    const supposed = ["--tenant", "acme", "--issuer", "main", "--subject", "ann"];
    expect(await runVerb(explain, "--table", TABLE_NAME, ...supposed, "GET /documents")).toMatchObject({
      status: 1,
      stdout: expect.stringContaining(
        "issuer main is suspended, so each of its tokens gets 401 (issuer_suspended)",
      ),
    });
  });
});

describe("A revoked client", { timeout: 60_000 }, () => {
  it("is denied within the TTL, in one tenant or in all, for all its users", async () => {
    await change("reinstate", "main");
    const invalid = marshallItem({ pk: "ISSUERS", sk: "other" }) as never;
    await stack.dynamodb.send(new DeleteItemCommand({ TableName: TABLE_NAME, Key: invalid }));
    const by = async (claims: Record<string, unknown>, tenant = "acme", subject = "ann"): Promise<string> =>
      (await stack.provider("main")?.mint({ tenants: [tenant], roles: ["viewer"], subject, claims })) ?? "";
    const bot = await by({ client_id: "bot" });
    const others = [
      await by({ client_id: "bot" }, "globex"),
      await by({ client_id: "web" }),
      (await stack.provider("other")?.mint({ tenants: ["acme"], roles: ["viewer"], client: "bot" })) ?? "",
    ];
    const all = async (tokens: readonly string[]) =>
      Promise.all(tokens.map(async (one) => (await send(one))[0]));
    const run = async (...args: string[]): Promise<void> => {
      const found = await runVerb(
        revoke,
        ...args,
        "--client",
        "bot",
        "--issuer",
        "main",
        "--reason",
        "drill",
      );
      expect([found.status, found.stderr], found.stdout).toEqual([0, ""]);
    };
    for (const token of [bot, ...others]) await expectInForce(token, ALLOWED);
    await run("--tenant", "acme");
    await expectInForce(bot, [403, undefined]);
    expect(lines.at(-1)).toMatchObject({ reason: "revoked", userId: "ann", clientId: "bot" });
    expect((await send(await by({ client_id: "web", azp: "bot" }, "acme", "bob")))[0]).toBe(403);
    expect(await all(others)).toEqual([200, 200, 200]);
    await run("undo", "--tenant", "acme");
    await expectInForce(bot, ALLOWED);
    await run("--all-tenants");
    await expectInForce(bot, [403, undefined]);
    expect(await all(others)).toEqual([403, 200, 200]);
    const supposed = ["--tenant", "acme", "--issuer", "main", "--subject", "ann", "--client", "bot"];
    const { stdout } = await runVerb(explain, "--table", TABLE_NAME, ...supposed, "GET /documents");
    expect(stdout).toContain("the client bot is revoked in every tenant until");
    await run("undo", "--all-tenants");
    await expectInForce(bot, ALLOWED);
    for (const args of [
      ["--tenant", "acme"],
      ["--issuer", "main"],
    ])
      expect((await runVerb(history, ...args)).stdout).toMatch(/revoke client (main )?bot .*\(drill\): done/);
  });
});

describe("issuer", () => {
  it.each([
    [["suspend", "nobody"], "The table has no issuer nobody; the table's issuers: main, other"],
    [["deny-key", "nobody", "k"], "The table has no issuer nobody"],
    [["deny-key", "main", "a\nb"], "kid: expected a string on one line"],
  ])("rejects %j", async (args, message) => {
    const { status, stderr } = await runVerb(issuer, ...args);
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  it.each([
    [[], "name one of suspend, reinstate, deny-key, allow-key, list"],
    [["suspnd", "main"], 'unknown: issuer suspnd; did you mean "suspend"?'],
    [["suspend"], "issuer suspend: expected one issuer's name"],
    [["deny-key", "main"], "issuer deny-key: expected an issuer's name and a key's id"],
    [["list", "main"], "issuer list: expected no issuer"],
  ])("is used wrongly with %j", async (args, message) => {
    await expect(runVerb(issuer, ...args)).rejects.toThrow(message);
  });
});
