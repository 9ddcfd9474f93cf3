import { createPublicKey, verify } from "node:crypto";
import { get } from "node:https";
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { unmarshallItem } from "../../core/model/dynamodb-json.ts";
import { type PlainRole, plainAnswer, settingsOf, tokenOf } from "./plain-answer.ts";
import { callTable } from "./signed-request.ts";

const { issuer, audience, jwksUri, table } = settingsOf(process.env);

/** The same work without any library: no retries, no key rotation, RS256 alone. */
export async function handler(event: APIGatewayRequestAuthorizerEvent) {
  const { sub: subject, tenant, roles } = await verified(tokenOf(event));
  const [catalogue, own] = await Promise.all([
    callTable("Query", {
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: "CATALOGUE" } },
    }),
    callTable("GetItem", { TableName: table, Key: { pk: { S: `TENANT#${tenant}` }, sk: { S: "TENANT" } } }),
  ]);
  if (unmarshallItem(own.Item ?? {})["status"] !== "active") throw new Error("Unauthorized");
  const items = (catalogue.Items ?? []).map(unmarshallItem);
  const known = items.filter(({ sk }) => String(sk).startsWith("ROLE#")) as unknown as PlainRole[];
  return plainAnswer(event, { subject, tenant, roles }, known);
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

async function verified(token: string): Promise<Claims> {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const { kid, alg } = decode<{ kid: string; alg: string }>(header);
  const { keys } = await getKeys(jwksUri);
  const jwk = keys.find((key) => key["kid"] === kid);
  if (jwk === undefined || alg !== "RS256") throw new Error("Unauthorized");
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const signed = Buffer.from(`${header}.${payload}`);
  const claims = decode<Claims>(payload);
  const holds =
    verify("sha256", signed, key, Buffer.from(signature, "base64url")) &&
    claims.iss === issuer &&
    claims.aud === audience &&
    claims.exp > Date.now() / 1_000;
  if (!holds) throw new Error("Unauthorized");
  return claims;
}

const getKeys = (url: string): Promise<{ keys: Record<string, unknown>[] }> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let text = "";
      response
        .setEncoding("utf8")
        .on("data", (part: string) => (text += part))
        .on("end", () => resolve(JSON.parse(text)));
    }).on("error", reject);
  });
