import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { publish } from "../../../cli/commands/deploy/publish.ts";
import { revoke } from "../../../cli/commands/run-time/revoke.ts";
import { runVerb, sampleWith } from "../run-verb.ts";
import { startTable, TABLE, type TestTable, tenantItem } from "./publish-table.ts";

const FLUSH = "DELETE /restapis/abcdef1234/stages/prod/cache/authorizers";

let table: TestTable;
beforeEach(async () => {
  table = await startTable();
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", table.endpoint);
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await table.close();
});

/** Starts a fake API Gateway. Returns its requests, each with whether the table already had the revocation. */
async function apiGateway(status: number, body: Readonly<Record<string, unknown>> = {}) {
  const requests: { request: string; revoked: boolean }[] = [];
  const server = createServer(async (request, response) => {
    const items = await table.items();
    const revoked = items.some(({ sk }) => sk === "REVOKED#TOKEN#t1");
    requests.push({ request: `${request.method} ${request.url}`, revoked });
    response
      .writeHead(status, { "content-type": "application/json", "x-amzn-errortype": String(body["code"]) })
      .end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  vi.stubEnv("AWS_ENDPOINT_URL_API_GATEWAY", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return requests;
}

const DENIED = [403, { code: "AccessDeniedException", message: "not authorized to flush" }] as const;
const NOT_FLUSHED =
  /^The change is done, but the cache of abcdef1234\/prod was not flushed: AccessDeniedException: not authorized to flush\. .* run aws apigateway flush-stage-authorizers-cache --rest-api-id abcdef1234 --stage-name prod$/m;

describe("a change at run time with --flush", () => {
  const leak = (...args: string[]) =>
    runVerb(
      revoke,
      ...["--tenant", "acme", "--token", "t1", "--table", TABLE, "--flush", "abcdef1234/prod"],
      ...args,
    );
  beforeEach(() => table.put(tenantItem("acme")));

  it("empties the stage's cache after the write, and prints the remaining worst case", async () => {
    const requests = await apiGateway(202);
    const { status, stdout } = await leak();
    expect(requests).toEqual([{ request: FLUSH, revoked: true }]);
    expect(stdout).toMatch(
      /^acme denies the token t1, until \S+: done; in effect after at most 30 s with the default settings, because API Gateway's cache was emptied and Lambdas cache that long\n$/,
    );
    expect(status).toBe(0);
    expect(JSON.parse((await leak("--format", "json")).stdout)).toMatchObject({
      flushed: true,
      worstCaseSeconds: 30,
    });
    expect((await leak("--token", "t2", "--staleness", "45")).stdout).toContain(
      "after at most 45 s, because API Gateway's cache was emptied",
    );
  });

  it("exits with status 1 if the flush fails, and says that the change is done", async () => {
    const requests = await apiGateway(...DENIED);
    const { status, stdout, stderr } = await leak();
    expect(requests).toEqual([{ request: FLUSH, revoked: true }]);
    expect(stdout).toMatch(/: done; in effect after at most 90 s/);
    expect(stderr).toMatch(NOT_FLUSHED);
    expect(status).toBe(1);
    expect(JSON.parse((await leak("--format", "json")).stdout)).toMatchObject({
      flushed: false,
      worstCaseSeconds: 90,
    });
  });
});

describe("publish --flush", () => {
  const run = (...args: string[]) =>
    runVerb(publish, "--policies", sampleWith(), "--table", TABLE, "--settle", "0", ...args);
  const flush = ["--flush", "abcdef1234/prod"];

  it("empties the stage's cache after the table has the files' state", async () => {
    const requests = await apiGateway(202);
    expect(await run("--dry-run", ...flush)).toMatchObject({ status: 0 });
    expect(requests).toEqual([]);
    const { status, stdout } = await run(...flush);
    expect(requests.map(({ request }) => request)).toEqual([FLUSH]);
    expect(stdout).toMatch(
      /permissions is at version 1.*\nThe cache of abcdef1234\/prod was emptied; Lambdas cache for up to 30 s more\n$/,
    );
    expect(status).toBe(0);
  });

  it("exits with status 1 if the flush fails, but the table is published", async () => {
    await apiGateway(...DENIED);
    const { status, stdout, stderr } = await run(...flush);
    expect(stdout).toContain("permissions is at version 1");
    expect(stderr).toMatch(NOT_FLUSHED);
    expect(status).toBe(1);
    expect((await table.items()).some(({ id }) => id === "acme")).toBe(true);
  });
});
