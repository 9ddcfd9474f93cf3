import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import { issuerName } from "../../core/model/ids.ts";
import { type LayoutData, readLayout, stageVariables } from "../../core/model/layout.ts";
import { DEFAULT_LAYOUT_OPTIONS } from "../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { permissionItems } from "../../core/policy-files/compile/permission-items.ts";
import { MAIN_ISSUER } from "../../core/policy-files/model/issuers.ts";
import { createIdentityProvider, LOCAL_AUDIENCE } from "../../local/identity-provider/identity-provider.ts";
import { seedTable } from "../../local/table/table.ts";
import { persistedJwksItem } from "../../runtime/jwt/persisted-keys.ts";
import { selfSigned } from "../../tests/faults/support/self-signed.ts";
import { localEnvironment } from "../../tests/support/configuration.ts";
import { requestEvent, samplePolicies } from "../fixtures/authorizer.ts";
import { type BenchTable, startBenchTable } from "../table/table.ts";

const MAIN = issuerName("main");

/** What a cold start needs: an issuer behind TLS, a table, one request, and the variables that point to them. */
export interface ColdStartEnvironment {
  readonly layouts: Readonly<Record<string, LayoutData>>;
  /** Path of the file with the request's event. */
  readonly event: string;
  readonly env: Readonly<Record<string, string>>;
  readonly table: BenchTable;
  close(): void;
}

export async function startColdStartEnvironment(): Promise<ColdStartEnvironment> {
  const policies = samplePolicies();
  const { mode, layouts } = compilePolicies([policies], "auto", DEFAULT_LAYOUT_OPTIONS);
  const data = layouts[mode];
  if (data === undefined) throw new Error(`The sample has no layout for caching mode ${mode}`);
  const table = await startBenchTable();
  const issuer = await startIssuer();
  const keys = { keys: issuer.keys, fetchedAt: Date.now() };
  const persistedKeys = persistedJwksItem({ name: MAIN, url: issuer.url }, keys, "bench");
  await seedTable(table.client, table.name, permissionItems(policies));
  await table.client.send(new PutItemCommand({ TableName: table.name, Item: marshallItem(persistedKeys) }));
  const folder = mkdtempSync(join(tmpdir(), "cold-start-environment-"));
  const event = join(folder, "event.json");
  const certificate = join(folder, "authority.pem");
  writeFileSync(certificate, issuer.cert);
  writeFileSync(event, JSON.stringify(requestEvent(issuer.token, stageVariables(readLayout(data)))));
  return {
    layouts,
    event,
    env: { ...environmentVariables(issuer.url, table), CACHING_MODE: mode, NODE_EXTRA_CA_CERTS: certificate },
    table,
    close() {
      issuer.close();
      table.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Returns the variables of Portcullis, those of the plain authorizers, and those that Lambda sets for all. */
const environmentVariables = (url: string, { name, origin }: BenchTable): Record<string, string> => ({
  ...localEnvironment(origin, { main: { url, jwksUri: `${url}/jwks.json`, audiences: [LOCAL_AUDIENCE] } }),
  TABLE_NAME: name,
  ISSUER: url,
  AUDIENCE: LOCAL_AUDIENCE,
  JWKS_URI: `${url}/jwks.json`,
});

async function startIssuer() {
  const { cert, key } = selfSigned("localhost");
  let jwks = "";
  const server = createServer({ cert, key }, (_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(jwks);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const provider = createIdentityProvider(url, () => MAIN_ISSUER);
  const { keys } = await provider.jwks();
  jwks = JSON.stringify({ keys });
  const token = await provider.mint({ tenants: ["acme"], roles: ["editor"], expiresIn: 86_400 });
  return { url, cert, keys, token, close: () => server.close() };
}
