import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { z } from "zod";
import { bearerToken, plainResponse, readSettings } from "./plain-response.ts";
import { readTable } from "./sdk-table.ts";

const settings = z
  .object({ issuer: z.url(), audience: z.string(), jwksUri: z.url(), table: z.string() })
  .parse(readSettings(process.env));
const claimsSchema = z.object({ sub: z.string(), tenant: z.string(), roles: z.array(z.string()) });
const roleSchema = z.object({ name: z.string(), grants: z.array(z.string()) });
const tenantSchema = z.object({ status: z.literal("active") });
const keys = createRemoteJWKSet(new URL(settings.jwksUri));

/** Authorizes with jose, zod and the SDK, each used as its documentation shows. */
export async function handler(event: APIGatewayRequestAuthorizerEvent) {
  const { issuer, audience, table } = settings;
  const { payload } = await jwtVerify(bearerToken(event), keys, { issuer, audience, algorithms: ["RS256"] });
  const { sub: subject, tenant, roles } = claimsSchema.parse(payload);
  const items = await readTable(table, tenant);
  tenantSchema.parse(items.tenant);
  const roleItems = items.catalogue.filter(({ sk }) => String(sk).startsWith("ROLE#"));
  return plainResponse(event, { subject, tenant, roles }, z.array(roleSchema).parse(roleItems));
}
