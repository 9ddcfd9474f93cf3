import { JwtVerifier } from "aws-jwt-verify";
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { bearerToken, type PlainRole, plainResponse, readSettings } from "../cold-start/plain-response.ts";
import { readTable } from "../cold-start/sdk-table.ts";

const { issuer, audience, jwksUri, table } = readSettings(process.env);
const verifier = JwtVerifier.create({ issuer, audience, jwksUri });

/** Authorizes with aws-jwt-verify's generic verifier and the SDK. Only the token is validated. */
export async function handler(event: APIGatewayRequestAuthorizerEvent) {
  const { sub: subject = "", ...claims } = await verifier.verify(bearerToken(event));
  const { tenant, roles } = claims as unknown as { tenant: string; roles: string[] };
  const { catalogue, tenant: tenantItem } = await readTable(table, tenant);
  if (tenantItem["status"] !== "active") throw new Error("Unauthorized");
  const roleItems = catalogue.filter(({ sk }) => String(sk).startsWith("ROLE#")) as unknown as PlainRole[];
  return plainResponse(event, { subject, tenant, roles }, roleItems);
}
