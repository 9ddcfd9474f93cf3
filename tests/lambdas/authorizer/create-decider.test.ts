import { expect, test } from "vitest";
import type { UnverifiedToken } from "../../../core/decision/bearer-token.ts";
import { issuerName } from "../../../core/model/ids.ts";
import { createDecider } from "../../../lambdas/authorizer/create-decider.ts";
import { issuerPartition } from "../../../runtime/jwt/table-issuers.ts";
import { dynamodbReader } from "../../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { TABLE_NAME, trustConfig } from "../../support/configuration.ts";
import { makeSigner, sign } from "../../support/fake-issuer.ts";
import { startTable } from "../../support/fake-table.ts";
import { AUDIENCE, claims, clock, ITEMS, issuerFields } from "../../support/fixtures.ts";

const URL = "https://login.example.com/acme";
const POOLS = { name: issuerName("pools"), url: "https://pools.example.com/{pool}" };

test.each([
  ["of issuer_hosts", "https://login.example.com/keys", undefined],
  ["of an issuer with a variable alone", "https://pools.example.com/keys", "host_not_listed"],
])("an issuer of the files with keys on a host %s", async (_, jwksUri, rejected) => {
  const { now } = clock();
  const signer = await makeSigner("k1");
  const item = issuerFields({
    pk: issuerPartition(URL),
    sk: "ISSUER",
    name: "acme",
    tenants: ["acme"],
    trust: { url: URL, jwksUri, audiences: [AUDIENCE], algorithms: ["RS256"] },
  });
  const table = await startTable([...ITEMS, item]);
  try {
    const { depsFor } = createDecider({
      trust: trustConfig({ issuers: [POOLS], issuerHosts: ["login.example.com"] }),
      table: permissionsTable({ reader: dynamodbReader(table.reading, TABLE_NAME), ttlSeconds: 30, now }),
      now,
      getJson: async () => ({ keys: [signer.jwk] }),
    });
    const token = (await sign(signer, claims(URL, { tenant: "acme" }))) as UnverifiedToken;
    const verified = depsFor({ steps: {} }).verifyToken(token);
    if (rejected === undefined) expect((await verified).issuer.name).toBe("acme");
    else await expect(verified).rejects.toMatchObject({ cause: { code: rejected } });
  } finally {
    await table.stop();
  }
});
