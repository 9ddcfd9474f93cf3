import { createServer, request, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSigner, type Signer, sign } from "../support/fake-issuer.ts";
import { startTable } from "../support/fake-table.ts";
import { claims, ITEMS } from "../support/fixtures.ts";
import { harness } from "./support/authorizer.ts";
import { type SelfSigned, selfSigned } from "./support/self-signed.ts";

let signer: Signer;
let server: Server;
let certificate: SelfSigned;
let table: Awaited<ReturnType<typeof startTable>>;
const asked: string[] = [];
const url = () => `https://localhost:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  [signer, table] = await Promise.all([makeSigner("k1"), startTable(ITEMS)]);
  certificate = selfSigned("localhost");
  server = createServer(certificate, ({ url: path = "" }, response) => {
    asked.push(path);
    const body = path === "/jwks" ? { keys: [signer.jwk] } : { issuer: url(), jwks_uri: `${url()}/jwks` };
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await Promise.all([new Promise((resolve) => server.close(resolve)), table.stop()]);
});

/** What a client gets that trusts this very certificate. */
const trusting = () =>
  new Promise<number | undefined>((resolve, reject) => {
    request(`${url()}/jwks`, { ca: certificate.cert, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });

test("an issuer whose certificate nobody vouches for is a 500, and is told no request", async () => {
  expect(await trusting()).toBe(200);
  asked.length = 0;
  const started = harness({ issuerUrl: url(), tableEndpoint: table.endpoint });
  const seen = await started.ask(await sign(signer, claims(url())));
  expect(seen).toMatchObject({
    status: 500,
    line: { code: "keys_unreachable", cause: "DEPTH_ZERO_SELF_SIGNED_CERT" },
  });
  expect(asked).toEqual([]);
  started.close();
});
