import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { GRANTED } from "./permissions.ts";

/** A token's claims, or an error where the token is not good. */
export type Verify = (token: string) => MinimalClaims | Promise<MinimalClaims>;

export interface MinimalClaims {
  readonly sub: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly scope: string;
  readonly email: string;
  readonly jti: string;
}

const PATTERNS: ReadonlyMap<string, readonly string[]> = new Map([
  ["editor", GRANTED.map((route) => `/${route.replace(" /", "/").replace("{id}", "?*")}`)],
]);

/** An authorizer that does what it must and no more: one policy for each role, and nothing that could be revoked. */
export const minimalHandler =
  (verify: Verify) =>
  async (text: string): Promise<string> => {
    const { headers, methodArn } = JSON.parse(text) as APIGatewayRequestAuthorizerEvent;
    const claims = await verify((headers?.["Authorization"] ?? "").slice("Bearer ".length));
    const base = methodArn.split("/", 2).join("/");
    const patterns = claims.roles.flatMap((role) => PATTERNS.get(role) ?? []);
    return JSON.stringify({
      principalId: claims.sub,
      policyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "execute-api:Invoke",
            Resource: patterns.map((pattern) => base + pattern),
          },
        ],
      },
      context: {
        userId: claims.sub,
        tenantId: claims.tenant,
        roles: claims.roles.join(","),
        scopes: claims.scope,
        email: claims.email,
        tokenId: claims.jti,
      },
    });
  };
