import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { issuerName } from "../../core/model/ids.ts";
import { fetchKeys } from "../../runtime/jwt/fetch-keys.ts";
import { GET_LIMITS } from "../../runtime/jwt/https-getter.ts";
import { functionGetter, type GetterOf, machineGetter } from "../../runtime/jwt/issuer-getter.ts";
import { type SelfSigned, selfSigned } from "../faults/support/self-signed.ts";
import { makeSigner } from "../support/fake-issuer.ts";

/** Two issuers, each with a CA of its own. */
const CERTIFICATES = { one: selfSigned("localhost"), two: selfSigned("localhost") };
type Name = keyof typeof CERTIFICATES;
let servers: Readonly<Record<Name, Server>>;
const paths: string[] = [];

const portOf = (name: Name): number => (servers[name].address() as AddressInfo).port;

async function start(certificate: SelfSigned): Promise<Server> {
  const { jwk } = await makeSigner("k1", "ES256");
  const server = createServer(certificate, (request, response) => {
    paths.push(request.url ?? "");
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks`, keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

beforeAll(async () => {
  servers = { one: await start(CERTIFICATES.one), two: await start(CERTIFICATES.two) };
});
afterAll(async () => {
  for (const server of Object.values(servers)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Fetches an issuer's keys, by discovery, with the CA of the same or of another issuer. */
const keysOf = (getterOf: GetterOf, name: Name, ca?: Name) => {
  const issuer = {
    name: issuerName(name),
    url: `https://localhost:${portOf(name)}`,
    jwksUri: undefined,
    audiences: ["api"],
    algorithms: ["ES256"],
    isPrivate: true,
    ...(ca && { ca: CERTIFICATES[ca].cert }),
  };
  return fetchKeys(issuer, getterOf(issuer), true);
};

test.each([
  ["the function", functionGetter(GET_LIMITS, false)],
  ["a command", machineGetter()],
])("%s trusts an issuer's own CA for discovery and keys, and for no other issuer", async (_, getterOf) => {
  paths.length = 0;
  expect(await keysOf(getterOf, "one", "one")).toHaveLength(1);
  expect(paths).toEqual(["/.well-known/openid-configuration", "/jwks"]);
  // Directly after a request that trusted this server's certificate, in the same process.
  await expect(keysOf(getterOf, "one")).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  await expect(keysOf(getterOf, "one", "two")).rejects.toThrow();
  await expect(keysOf(getterOf, "two", "one")).rejects.toThrow();
  expect(paths).toHaveLength(2);
});

test("a certificate that the process trusts by its roots is rejected for an issuer with its own CA", async () => {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-ca-"));
  try {
    // Node adds these roots to the public ones when the process starts.
    const roots = join(folder, "roots.pem");
    writeFileSync(roots, CERTIFICATES.two.cert);
    const module = fileURLToPath(new URL("../../runtime/jwt/issuer-getter.ts", import.meta.url));
    const script = join(folder, "get.mts");
    writeFileSync(
      script,
      `import { machineGetter } from ${JSON.stringify(module)};
      const url = "https://localhost:${portOf("two")}/jwks";
      const get = (issuer) => machineGetter()(issuer)(url).then(() => "trusted", () => "rejected");
      console.log(await get({}), await get({ ca: ${JSON.stringify(CERTIFICATES.one.cert)} }));`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: { ...process.env, NODE_EXTRA_CA_CERTS: roots },
    });
    expect(stdout.trim()).toBe("trusted rejected");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
