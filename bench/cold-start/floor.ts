import { createPublicKey, verify } from "node:crypto";
import { get } from "node:https";
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { bearerToken, type PlainRole, plainResponse, readSettings } from "./plain-response.ts";
import { callTable } from "./signed-request.ts";

const { issuer, audience, jwksUri, table } = readSettings(process.env);

/** Authorizes without any library: no retries, no key rotation, only RS256. */
export async function handler(event: APIGatewayRequestAuthorizerEvent) {
  const { sub: subject, tenant, roles } = await verifyToken(bearerToken(event));
  const [catalogue, tenantItem] = await Promise.all([
    callTable("Query", {
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: "CATALOGUE" } },
    }),
    callTable("GetItem", { TableName: table, Key: { pk: { S: `TENANT#${tenant}` }, sk: { S: "TENANT" } } }),
  ]);
  if (unmarshallItem(tenantItem.Item ?? {})["status"] !== "active") throw new Error("Unauthorized");
  const items = (catalogue.Items ?? []).map(unmarshallItem);
  const roleItems = items.filter(({ sk }) => String(sk).startsWith("ROLE#")) as unknown as PlainRole[];
  return plainResponse(event, { subject, tenant, roles }, roleItems);
}

interface Claims {
  readonly sub: string;
  readonly tenant: string;
  readonly roles: string[];
  readonly iss: string;
  readonly aud: string;
  readonly exp: number;
}

const decode = <T>(part: string): T => JSON.parse(Buffer.from(part, "base64url").toString()) as T;

async function verifyToken(token: string): Promise<Claims> {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const { kid, alg } = decode<{ kid: string; alg: string }>(header);
  const { keys } = await getKeys(jwksUri);
  const jwk = keys.find((key) => key["kid"] === kid);
  if (jwk === undefined || alg !== "RS256") throw new Error("Unauthorized");
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const signed = Buffer.from(`${header}.${payload}`);
  const claims = decode<Claims>(payload);
  const isValid =
    verify("sha256", signed, key, Buffer.from(signature, "base64url")) &&
    claims.iss === issuer &&
    claims.aud === audience &&
    claims.exp > Date.now() / 1_000;
  if (!isValid) throw new Error("Unauthorized");
  return claims;
}

const getKeys = (url: string): Promise<{ keys: Record<string, unknown>[] }> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let body = "";
      response
        .setEncoding("utf8")
        .on("data", (part: string) => (body += part))
        .on("end", () => resolve(JSON.parse(body)));
    }).on("error", reject);
  });
