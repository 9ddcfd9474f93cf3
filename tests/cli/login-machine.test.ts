import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { login } from "../../cli/commands/try/login.ts";
import { UsageError } from "../../cli/shared/flags.ts";
import { runVerb } from "./run-verb.ts";

const SECRET = "the-secret-of-the-client";
const POOL = ["--pool", "eu-central-1_Example12", "--client", "machine1"];
let server: Server;
let origin: string;
let requests: { readonly request: IncomingMessage; readonly body: string }[];
/** What the pool says of itself, and what its token endpoint answers. */
let pool: {
  readonly secret?: string;
  readonly domain?: object;
  readonly status: number;
  readonly token: object;
};

beforeEach(async () => {
  requests = [];
  pool = { secret: SECRET, status: 200, token: { access_token: "the.access.token", token_type: "Bearer" } };
  server = createServer(async (request, response) => {
    const body = await text(request);
    requests.push({ request, body });
    const target = String(request.headers["x-amz-target"]);
    const answer = target.endsWith("DescribeUserPoolClient")
      ? { UserPoolClient: { ClientId: "machine1", ClientSecret: pool.secret } }
      : target.endsWith("DescribeUserPool")
        ? { UserPool: { Id: "eu-central-1_Example12", ...pool.domain } }
        : pool.token;
    const isToken = request.url === "/oauth2/token";
    response.writeHead(isToken ? pool.status : 200, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv("AWS_ENDPOINT_URL", origin);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const run = (...flags: string[]) =>
  runVerb(login, "--client-credentials", ...POOL, "--token-url", `${origin}/oauth2/token`, ...flags);

describe("npx portcullis login --client-credentials", () => {
  it("prints the token alone, and sends tenant, scopes and the client's secret", async () => {
    const { status, stdout } = await run(
      "--tenant",
      "acme",
      "--scope",
      "notes/read",
      "--scope",
      "notes/write",
    );
    expect([status, stdout.trim()]).toEqual([0, "the.access.token"]);
    const sent = requests.find(({ request }) => request.url === "/oauth2/token");
    expect(Object.fromEntries(new URLSearchParams(sent?.body))).toEqual({
      grant_type: "client_credentials",
      scope: "notes/read notes/write",
      aws_client_metadata: '{"tenant":"acme"}',
    });
    expect(sent?.request.headers.authorization).toBe(
      `Basic ${Buffer.from(`machine1:${SECRET}`).toString("base64")}`,
    );
  });

  it("names neither tenant nor scope that was not given", async () => {
    await run();
    const sent = requests.find(({ request }) => request.url === "/oauth2/token");
    expect(sent?.body).toBe("grant_type=client_credentials");
  });

  it("explains a client without a secret, a pool without a domain, and an endpoint that gives no token", async () => {
    pool = { ...pool, status: 400, token: { error: "invalid_scope", error_description: "<secret>" } };
    const { status, stderr, stdout } = await run();
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("gives the client machine1 no token, status 400: invalid_scope");
    expect(stderr).not.toContain(SECRET);
    const withoutUrl = ["--client-credentials", ...POOL];
    expect((await runVerb(login, ...withoutUrl)).stderr).toContain("has no domain");
    pool = { status: 200, token: {} };
    expect((await run()).stderr).toContain("has no secret, so it is for users");
    pool = { secret: SECRET, status: 200, token: {} };
    expect((await runVerb(login, ...withoutUrl, "--token-url", "http://127.0.0.1:9/")).stderr).toContain(
      "does not respond",
    );
  });

  it.each([
    [{ Domain: "quill" }, "https://quill.auth.eu-central-1.amazoncognito.com/oauth2/token"],
    [{ Domain: "quill", CustomDomain: "login.example.com" }, "https://login.example.com/oauth2/token"],
  ])("asks the pool's own domain: %j", async (domain, url) => {
    pool = { ...pool, domain };
    const fetched = vi.fn(async () => new Response(JSON.stringify(pool.token)));
    vi.stubGlobal("fetch", fetched);
    expect(await runVerb(login, "--client-credentials", ...POOL)).toMatchObject({ status: 0 });
    expect(fetched).toHaveBeenCalledWith(url, expect.objectContaining({ method: "POST", redirect: "error" }));
  });

  it.each([
    [["--client-credentials", "--user", "ann@acme.example"], "--client-credentials is for a program"],
    [["--client-credentials", "--role", "editor"], "--client-credentials is for a program"],
    [["--client-credentials", "--token-url", "login"], '--token-url: expected an https URL, found "login"'],
    ...[
      "http://login.example.com/oauth2/token",
      "http://127.0.0.1.example.com/oauth2/token",
      "http://127.0.0.1@login.example.com/oauth2/token",
      "http://10.0.0.1/oauth2/token",
      "ftp://127.0.0.1/oauth2/token",
    ].map((url): [string[], string] => [
      ["--client-credentials", "--token-url", url],
      "--token-url: expected an https URL, because the client's secret is sent there",
    ]),
    [["--user", "ann@acme.example", "--scope", "notes/read"], "only used with --client-credentials"],
  ])("rejects %j", async (flags, message) => {
    await expect(runVerb(login, ...flags, ...POOL)).rejects.toThrow(message);
    await expect(runVerb(login, ...flags, ...POOL)).rejects.toThrow(UsageError);
  });
});
