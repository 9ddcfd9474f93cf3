import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { GRANTED } from "./permissions.ts";

/** Returns a token's claims. @throws Error if the token is invalid */
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

/** Returns an authorizer that does only what is necessary: one fixed policy per role, and no revocations. */
export const minimalHandler =
  (verify: Verify) =>
  async (event: string): Promise<string> => {
    const { headers, methodArn } = JSON.parse(event) as APIGatewayRequestAuthorizerEvent;
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
