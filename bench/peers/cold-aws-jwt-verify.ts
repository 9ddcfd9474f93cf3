import { JwtVerifier } from "aws-jwt-verify";
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { type PlainRole, plainAnswer, settingsOf, tokenOf } from "../cold-start/plain-answer.ts";
import { readTable } from "../cold-start/sdk-table.ts";

const { issuer, audience, jwksUri, table } = settingsOf(process.env);
const verifier = JwtVerifier.create({ issuer, audience, jwksUri });

/** aws-jwt-verify's generic verifier beside the SDK; nothing is validated but the token. */
export async function handler(event: APIGatewayRequestAuthorizerEvent) {
  const { sub: subject = "", ...claims } = await verifier.verify(tokenOf(event));
  const { tenant, roles } = claims as unknown as { tenant: string; roles: string[] };
  const { catalogue, tenant: own } = await readTable(table, tenant);
  if (own["status"] !== "active") throw new Error("Unauthorized");
  const known = catalogue.filter(({ sk }) => String(sk).startsWith("ROLE#")) as unknown as PlainRole[];
  return plainAnswer(event, { subject, tenant, roles }, known);
}
