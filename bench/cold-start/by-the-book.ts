import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { z } from "zod";
import { plainAnswer, settingsOf, tokenOf } from "./plain-answer.ts";
import { readTable } from "./sdk-table.ts";

const settings = z
  .object({ issuer: z.url(), audience: z.string(), jwksUri: z.url(), table: z.string() })
  .parse(settingsOf(process.env));
const claimsSchema = z.object({ sub: z.string(), tenant: z.string(), roles: z.array(z.string()) });
const roleSchema = z.object({ name: z.string(), grants: z.array(z.string()) });
const tenantSchema = z.object({ status: z.literal("active") });
const keys = createRemoteJWKSet(new URL(settings.jwksUri));

/** jose, zod and the SDK used as each one's own documentation shows. */
export async function handler(event: APIGatewayRequestAuthorizerEvent) {
  const { issuer, audience, table } = settings;
  const { payload } = await jwtVerify(tokenOf(event), keys, { issuer, audience, algorithms: ["RS256"] });
  const { sub: subject, tenant, roles } = claimsSchema.parse(payload);
  const read = await readTable(table, tenant);
  tenantSchema.parse(read.tenant);
  const known = read.catalogue.filter(({ sk }) => String(sk).startsWith("ROLE#"));
  return plainAnswer(event, { subject, tenant, roles }, z.array(roleSchema).parse(known));
}
