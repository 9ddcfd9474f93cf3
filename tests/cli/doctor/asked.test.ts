import { generateKeyPairSync } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { readIssuers } from "../../../cli/doctor/read-issuers.ts";
import { readPreflights } from "../../../cli/doctor/read-preflights.ts";
import type { IssuerReading } from "../../../cli/doctor/state.ts";
import { issuerName } from "../../../core/model/ids.ts";
import type { IssuerConfig } from "../../../runtime/jwt/issuer-config.ts";
import { policies } from "./sound-state.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const key = generateKeyPairSync("rsa", { modulusLength: 2_048 }).publicKey.export({ format: "jwk" });

async function ask(settings: Pick<IssuerConfig, "url" | "jwksUri">): Promise<IssuerReading> {
  const issuer = { ...settings, name: issuerName("main"), audiences: ["a"], algorithms: ["RS256"] };
  const trust = {
    issuers: [issuer],
    clockToleranceSeconds: 30,
    keysStaleSeconds: 0,
    local: true,
  };
  const [reading] = await readIssuers(trust);
  if (reading === undefined) throw new Error("The issuer was not read");
  return reading;
}

/** An issuer by its paths; `{origin}` in a document is its own. */
const issuerWith = async (documents: Readonly<Record<string, object>>, date?: string): Promise<string> => {
  const origin = await listen((request, response) => {
    const found = documents[request.url ?? ""];
    if (date !== undefined) response.setHeader("Date", date);
    if (found === undefined) return void response.writeHead(404).end();
    response.end(JSON.stringify(found).replaceAll("{origin}", origin));
  });
  return origin;
};

const DISCOVERY = "/.well-known/openid-configuration";
const discovery = { issuer: "{origin}", jwks_uri: "{origin}/keys" };

describe("an issuer", () => {
  it("is asked for its discovery document and its keys, and the time", async () => {
    const ahead = new Date(Date.now() + 3_600_000).toUTCString();
    const url = await issuerWith({ [DISCOVERY]: discovery, "/keys": { keys: [key] } }, ahead);
    const reading = await ask({ url, jwksUri: undefined });
    expect(reading.keys).toMatchObject({ value: [{ kty: "RSA" }] });
    expect(reading.discovery).toEqual({ issuer: url, jwksUri: `${url}/keys` });
    expect(Math.round((reading.clock ?? 0) / 60)).toBe(60);
  });

  it("whose document names another, that has no usable key, or that is not there, is told with its fix", async () => {
    const other = await issuerWith({ [DISCOVERY]: { ...discovery, issuer: "{origin}/" } });
    expect((await ask({ url: other, jwksUri: undefined })).keys).toMatchObject({
      failure: {
        why: expect.stringContaining("(other_issuer)"),
        fix: expect.stringContaining("a slash at its end"),
      },
    });
    const weak = await issuerWith({ "/keys": { keys: [{ ...key, use: "enc" }] } });
    expect((await ask({ url: weak, jwksUri: `${weak}/keys` })).keys).toMatchObject({
      failure: {
        why: expect.stringContaining("(no_usable_key)"),
        fix: expect.stringContaining("2,048 bits"),
      },
    });
    const gone = await ask({ url: "http://127.0.0.1:1", jwksUri: undefined });
    expect(gone.keys).toMatchObject({ failure: { why: expect.stringContaining("ECONNREFUSED") } });
    expect([gone.clock, gone.discovery]).toEqual([undefined, undefined]);
  });

  it("that is a template is asked for its keys only", async () => {
    const asked: string[] = [];
    const origin = await listen((request, response) => {
      asked.push(request.url ?? "");
      response.end(JSON.stringify({ keys: [key] }));
    });
    const reading = await ask({ url: `${origin}/{tid}/v2.0`, jwksUri: `${origin}/keys` });
    expect(reading.keys).toHaveProperty("value");
    expect(new Set(asked)).toEqual(new Set(["/keys"]));
  });
});

describe("preflights", () => {
  it("are asked of every path, without a token", async () => {
    const asked: string[] = [];
    const url = await listen((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? "no token"}`);
      response.writeHead(204, { "Access-Control-Allow-Methods": "GET, OPTIONS" }).end();
    });
    const read = await readPreflights(`${url}/`, policies);
    const paths = new Set(policies.api.operations.map(({ route }) => route.path));
    if ("failure" in read) throw new Error(read.failure.why);
    expect(read.value.map(({ path }) => path)).toEqual([...paths]);
    expect(read.value[0]).toEqual({ path: "/health", status: 204, methods: ["GET", "OPTIONS"] });
    expect(asked).toContain("OPTIONS /documents/42 no token");
  });

  it("say where nobody answers", async () => {
    const read = await readPreflights("http://127.0.0.1:1", policies);
    expect(read).toMatchObject({ failure: { why: expect.stringContaining("127.0.0.1:1 does not answer") } });
  });
});
