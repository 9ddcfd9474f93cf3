import { createServer, request, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { IssuerConfig } from "../../runtime/jwt/issuer-config.ts";
import { makeSigner, type Signer, sign } from "../support/fake-issuer.ts";
import { startTable } from "../support/fake-table.ts";
import { claims, ITEMS } from "../support/fixtures.ts";
import { harness } from "./support/authorizer.ts";
import { type SelfSigned, selfSigned } from "./support/self-signed.ts";

let signer: Signer;
let server: Server;
let certificate: SelfSigned;
let table: Awaited<ReturnType<typeof startTable>>;
const requested: string[] = [];
const url = () => `https://localhost:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  [signer, table] = await Promise.all([makeSigner("k1"), startTable(ITEMS)]);
  certificate = selfSigned("localhost");
  server = createServer(certificate, ({ url: path = "" }, response) => {
    requested.push(path);
    const body = path === "/jwks" ? { keys: [signer.jwk] } : { issuer: url(), jwks_uri: `${url()}/jwks` };
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await Promise.all([new Promise((resolve) => server.close(resolve)), table.stop()]);
});

/** Returns the status for a client that trusts this certificate. */
const fetchTrusting = () =>
  new Promise<number | undefined>((resolve, reject) => {
    request(`${url()}/jwks`, { ca: certificate.cert, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });

test("an issuer with an untrusted certificate causes a 500, and gets no request", async () => {
  expect(await fetchTrusting()).toBe(200);
  requested.length = 0;
  const started = harness({ issuerUrl: url(), tableEndpoint: table.endpoint });
  const seen = await started.send(await sign(signer, claims(url())));
  expect(seen).toMatchObject({
    status: 500,
    line: { code: "keys_unreachable", cause: "DEPTH_ZERO_SELF_SIGNED_CERT" },
  });
  expect(requested).toEqual([]);
  started.close();
});

/** Returns what the function decides for a token of the issuer, reached with these settings. */
async function decide(issuer: Partial<IssuerConfig>): Promise<unknown[]> {
  const started = harness({
    issuerUrl: url(),
    tableEndpoint: table.endpoint,
    trust: { local: false },
    issuer: { jwksUri: `${url()}/jwks`, ...issuer },
  });
  const { status, line } = await started.send(await sign(signer, claims(url())));
  started.close();
  return [status, line["code"], line["cause"]];
}

test("a private address is reached for an issuer of the function's network, and for no other", async () => {
  expect(await decide({})).toEqual([500, "keys_unreachable", "address_not_public"]);
  // It is reached, and its certificate is then rejected.
  expect(await decide({ isPrivate: true })).toEqual([500, "keys_unreachable", "DEPTH_ZERO_SELF_SIGNED_CERT"]);
});

test("an issuer's own CA is trusted, and another CA is not", async () => {
  const other = selfSigned("localhost");
  expect(await decide({ isPrivate: true, ca: certificate.cert })).toEqual([200, undefined, undefined]);
  expect((await decide({ isPrivate: true, ca: other.cert }))[0]).toBe(500);
});
