import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { rollback } from "../../../cli/commands/deploy/rollback.ts";
import { runVerb } from "../run-verb.ts";

const FUNCTION = "portcullis-prod-authorizer";
const deployment = (id: string, day: number, alias: string, variables: object) => ({
  id,
  createdDate: Date.parse(`2026-11-0${day}T00:00:00Z`) / 1_000,
  description: JSON.stringify({ function: FUNCTION, alias, variables }),
});
const OLDEST = deployment("d1", 1, "layout-111111111111", { portcullis_g1: "g1-111111111111" });
const PREVIOUS = deployment("d2", 2, "layout-222222222222", { portcullis_g1: "g1-222222222222" });
const CURRENT = deployment("d3", 3, "layout-333333333333", {
  portcullis_g1: "g1-333333333333",
  portcullis_g2: "g2-333333333333",
});
const STAGE = {
  deploymentId: "d3",
  variables: { portcullis_g1: "g1-333333333333", portcullis_g2: "g2-333333333333", own: "stays" },
};
const ALLOWED = "arn:aws:execute-api:eu-central-1:111122223333:abcdef1234/authorizers/*";

beforeEach(() => {
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});
afterEach(() => vi.unstubAllEnvs());

interface Fake {
  readonly deployments?: readonly object[];
  readonly stage?: object;
  /** The source ARN that the alias's policy allows; undefined if there is no alias. */
  readonly allowed?: string | undefined;
}

/** Starts a fake of API Gateway and Lambda. Returns the requests that change something. */
async function aws({ deployments = [CURRENT, OLDEST, PREVIOUS], stage = STAGE, ...rest }: Fake = {}) {
  const allowed = "allowed" in rest ? rest.allowed : ALLOWED;
  const changes: { request: string; body: unknown }[] = [];
  const respond = (path: string): [number, object] => {
    if (path === "/restapis/abcdef1234/stages/prod") return [200, stage];
    if (path === "/restapis/abcdef1234/deployments") return [200, { item: deployments }];
    const found = path.startsWith(`/2015-03-31/functions/${FUNCTION}/`) && allowed !== undefined;
    if (!found) return [404, { Type: "User", message: "not found" }];
    return [200, { Policy: JSON.stringify({ Statement: [{ Condition: { ArnLike: { a: allowed } } }] }) }];
  };
  const server = createServer(async (request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (request.method !== "GET")
      changes.push({ request: `${request.method} ${path}`, body: await readJson(request) });
    const [status, body] = respond(path);
    response
      .writeHead(status, {
        "content-type": "application/json",
        ...(status === 404 && { "x-amzn-errortype": "ResourceNotFoundException" }),
      })
      .end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return changes;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text);
}

const run = (...args: string[]) => runVerb(rollback, "--api", "abcdef1234/prod", ...args);

describe("npx portcullis rollback --api", () => {
  it("puts the previous layout's deployment and variables back in one update, and no other variable", async () => {
    const changes = await aws();
    const { status, stdout } = await run();
    expect(status).toBe(0);
    expect(stdout).toContain("abcdef1234/prod serves deployment d2 of layout-222222222222 again");
    expect(changes).toEqual([
      {
        request: "PATCH /restapis/abcdef1234/stages/prod",
        body: {
          patchOperations: [
            { op: "replace", path: "/deploymentId", value: "d2" },
            { op: "replace", path: "/variables/portcullis_g1", value: "g1-222222222222" },
            { op: "remove", path: "/variables/portcullis_g2" },
          ],
        },
      },
    ]);
  });

  it("changes nothing with --dry-run", async () => {
    const changes = await aws();
    expect((await run("--dry-run")).stdout).toContain("would serve deployment d2");
    expect(changes).toEqual([]);
  });

  it("never goes forward: a stage of the previous layout goes to the one before", async () => {
    await aws({ stage: { ...STAGE, deploymentId: "d2" } });
    expect((await run()).stdout).toContain("serves deployment d1 of");
  });

  it("stops without an earlier layout, and ignores deployments that Portcullis did not make", async () => {
    const made = { id: "d0", createdDate: 1, description: "made by hand" };
    const empty = deployment("d9", 1, "layout-999999999999", {});
    const changes = await aws({ deployments: [CURRENT, made, empty] });
    const { status, stderr } = await run();
    expect([status, stderr]).toEqual([1, expect.stringContaining("no deployment of an earlier layout")]);
    expect(changes).toEqual([]);
  });

  it.each([
    ["whose alias is gone", undefined],
    ["whose alias this API may not call", ALLOWED.replace("abcdef1234", "other")],
  ])("stops before it serves a deployment %s", async (_title, allowed) => {
    const changes = await aws({ allowed });
    const { status, stderr } = await run();
    expect([status, stderr]).toEqual([1, expect.stringContaining("every guarded request would get a 500")]);
    expect(changes).toEqual([]);
  });

  it("excludes what rolls back a table", async () => {
    await expect(run("3")).rejects.toThrow("--api rolls back a stage");
    await expect(run("--table", "permissions")).rejects.toThrow("--api rolls back a stage");
    await expect(runVerb(rollback, "--api", "prod")).rejects.toThrow("--api: expected an API id and a stage");
  });
});
