import { generateKeyPairSync } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { MOST_IN_TABLE, readIssuers } from "../../../cli/doctor/readers/issuers.ts";
import { readPreflights } from "../../../cli/doctor/readers/preflights.ts";
import type { IssuerReading, TableReading } from "../../../cli/doctor/state.ts";
import { issuerName } from "../../../core/model/ids.ts";
import type { Item } from "../../../core/model/items.ts";
import { isAlwaysDeployed } from "../../../core/policy-files/model/operation.ts";
import type { IssuerConfig } from "../../../runtime/jwt/issuer-config.ts";
import { localTrust } from "../../support/configuration.ts";
import { issuerFields } from "../../support/fixtures.ts";
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

const NO_TABLE = { failure: { why: "not read", fix: "" } };

async function readOne(settings: Pick<IssuerConfig, "url" | "jwksUri">): Promise<IssuerReading> {
  const [reading] = await readIssuers(localTrust({ issuers: [settings] }), NO_TABLE);
  if (reading === undefined) throw new Error("The issuer was not read");
  return reading;
}

/** Starts an issuer with documents by path. `{origin}` in a document is replaced by its origin. */
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
  it("is read with its discovery document, its keys and its clock", async () => {
    const ahead = new Date(Date.now() + 3_600_000).toUTCString();
    const url = await issuerWith({ [DISCOVERY]: discovery, "/keys": { keys: [key] } }, ahead);
    const reading = await readOne({ url, jwksUri: undefined });
    expect(reading.keys).toMatchObject({ value: [{ kty: "RSA" }] });
    expect(reading.discovery).toEqual({ issuer: url, jwksUri: `${url}/keys` });
    expect(Math.round((reading.clock ?? 0) / 60)).toBe(60);
  });

  it("fails with a fix if the document names another issuer, no key is usable, or it does not respond", async () => {
    const other = await issuerWith({ [DISCOVERY]: { ...discovery, issuer: "{origin}/" } });
    expect((await readOne({ url: other, jwksUri: undefined })).keys).toMatchObject({
      failure: {
        why: expect.stringContaining("(other_issuer)"),
        fix: expect.stringContaining("the slash at the end"),
      },
    });
    const weak = await issuerWith({ "/keys": { keys: [{ ...key, use: "enc" }] } });
    expect((await readOne({ url: weak, jwksUri: `${weak}/keys` })).keys).toMatchObject({
      failure: {
        why: expect.stringContaining("(no_usable_key)"),
        fix: expect.stringContaining("2,048 bits"),
      },
    });
    const gone = await readOne({ url: "http://127.0.0.1:1", jwksUri: undefined });
    expect(gone.keys).toMatchObject({ failure: { why: expect.stringContaining("ECONNREFUSED") } });
    expect([gone.clock, gone.discovery]).toEqual([undefined, undefined]);
  });

  it("that is a template is read with its keys only", async () => {
    const requested: string[] = [];
    const origin = await listen((request, response) => {
      requested.push(request.url ?? "");
      response.end(JSON.stringify({ keys: [key] }));
    });
    const reading = await readOne({ url: `${origin}/{tid}/v2.0`, jwksUri: `${origin}/keys` });
    expect(reading.keys).toHaveProperty("value");
    expect(new Set(requested)).toEqual(new Set(["/keys"]));
  });
});

describe("the issuers of the table", () => {
  const tableWith = (...ours: Item[]) => ({
    value: { content: { ours, others: [] } } as unknown as TableReading,
  });
  const directory = (name: string) => ({ pk: `DIRECTORY#pools#${name}`, sk: "DIRECTORY", tenant: name });

  it("are read: those with a URL in the files, and the directories of tenants", async () => {
    const url = await issuerWith({
      [DISCOVERY]: discovery,
      "/keys": { keys: [key] },
      [`/x1${DISCOVERY}`]: { issuer: "{origin}/x1", jwks_uri: "{origin}/keys" },
    });
    const trust = localTrust({
      issuers: [{ name: issuerName("pools"), url: `${url}/{pool}`, jwksUri: undefined }],
    });
    const own = issuerFields({
      pk: "ISSUER#hash",
      sk: "ISSUER",
      name: "acme",
      trust: { url, audiences: ["api"], algorithms: ["RS256"] },
    });
    const readings = await readIssuers(trust, tableWith(own, directory("x1")));
    expect(readings.map(({ issuer, isInTable }) => [issuer.name, issuer.url, isInTable])).toEqual([
      ["acme", url, true],
      ["pools", `${url}/x1`, true],
    ]);
    expect(readings.every(({ keys }) => "value" in keys)).toBe(true);
  });

  it("are read although an item of one of them cannot be read", async () => {
    const url = await issuerWith({ [DISCOVERY]: discovery, "/keys": { keys: [key] } });
    const own = (name: string, more: Item) => ({
      ...issuerFields({ pk: `ISSUER#${name}`, sk: "ISSUER", name }),
      ...{ trust: { url, audiences: ["api"], algorithms: ["RS256"] }, ...more },
    });
    const table = tableWith(own("later", { needs: ["news"] }), own("acme", {}), own("worse", { trust: 1 }));
    expect((await readIssuers(localTrust({ issuers: [] }), table)).map(({ issuer }) => issuer.name)).toEqual([
      "acme",
    ]);
  });

  it("are read up to a limit", async () => {
    const url = await issuerWith({});
    const trust = localTrust({
      issuers: [{ name: issuerName("pools"), url: `${url}/{pool}`, jwksUri: undefined }],
    });
    const names = Array.from({ length: MOST_IN_TABLE + 5 }, (_, index) => `x${index}`);
    expect(await readIssuers(trust, tableWith(...names.map(directory)))).toHaveLength(MOST_IN_TABLE);
  });
});

describe("preflights", () => {
  it("are sent to every path, without a token", async () => {
    const requested: string[] = [];
    const url = await listen((request, response) => {
      requested.push(`${request.method} ${request.url} ${request.headers.authorization ?? "no token"}`);
      response.writeHead(204, { "Access-Control-Allow-Methods": "GET, OPTIONS" }).end();
    });
    const read = await readPreflights(`${url}/`, policies);
    // The metadata document may not be deployed.
    const paths = new Set(policies.api.operations.filter(isAlwaysDeployed).map(({ route }) => route.path));
    if ("failure" in read) throw new Error(read.failure.why);
    expect(read.value.map(({ path }) => path)).toEqual([...paths]);
    expect(read.value[0]).toEqual({ path: "/health", status: 204, methods: ["GET", "OPTIONS"] });
    expect(requested).toContain("OPTIONS /documents/42 no token");
  });

  it("fail with the URL if no server responds", async () => {
    const read = await readPreflights("http://127.0.0.1:1", policies);
    expect(read).toMatchObject({ failure: { why: expect.stringContaining("127.0.0.1:1 does not respond") } });
  });
});
