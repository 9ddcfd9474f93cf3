import { createRemoteJWKSet, decodeProtectedHeader, type JWTPayload, jwtVerify } from "jose";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import type { HttpExchange } from "./exchange.ts";
import type { HttpRoute, JwtAuthorizer } from "./model.ts";
import { selected } from "./selection.ts";

/** RSA only, as API Gateway. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

type Keys = ReturnType<typeof createRemoteJWKSet>;

/**
 * API Gateway's own authorizer: key id, signature, issuer, audience (`client_id` where there is no `aud`), times,
 * and any one of the route's scopes. The issuer's keys are found by discovery.
 *
 * @returns lets a request through, or throws GatewayFailure 401, or 403 where the scope is missing
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export function createJwtAuthorizers(
  now: () => number,
): (authorizer: JwtAuthorizer, route: HttpRoute, exchange: HttpExchange) => Promise<void> {
  const keys = new Map<string, Promise<Keys>>();
  const keysOf = (issuer: string): Promise<Keys> => {
    const known = keys.get(issuer) ?? discover(issuer);
    keys.set(issuer, known);
    known.catch(() => keys.delete(issuer));
    return known;
  };
  return async (authorizer, { scopes }, exchange) => {
    const token = (selected(authorizer.identitySource, exchange) ?? "").replace(/^Bearer +/i, "");
    const startedAt = now();
    const claims = await verify(token, authorizer, keysOf).catch(() => undefined);
    const latencyMs = now() - startedAt;
    const log = (status: number): void => {
      exchange.authorizer = { name: authorizer.name, cache: "off", status, latencyMs };
    };
    log(401);
    if (claims === undefined) throw new GatewayFailure("UNAUTHORIZED");
    log(403);
    if (scopes.length > 0 && !scopes.some((scope) => scopesOf(claims).includes(scope)))
      throw new GatewayFailure("ACCESS_DENIED");
    log(200);
    exchange.authorization = {
      jwt: { claims: asTexts(claims), scopes: scopes.length === 0 ? null : scopes },
    };
  };
}

async function verify(
  token: string,
  { issuer, audience }: JwtAuthorizer,
  keysOf: (issuer: string) => Promise<Keys>,
): Promise<JWTPayload> {
  if (decodeProtectedHeader(token).kid === undefined) throw new Error("The token names no key");
  const { payload } = await jwtVerify(token, await keysOf(issuer), {
    issuer,
    algorithms: ALGORITHMS,
    requiredClaims: ["exp"],
  });
  const audiences = [payload.aud ?? payload["client_id"]].flat();
  if (!audiences.some((one) => typeof one === "string" && audience.includes(one)))
    throw new Error("The token is for another audience");
  return payload;
}

async function discover(issuer: string): Promise<Keys> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  const { jwks_uri: location } = (await response.json()) as { jwks_uri?: string };
  return createRemoteJWKSet(new URL(location ?? ""));
}

function scopesOf(claims: JWTPayload): string[] {
  return [claims["scope"], claims["scp"]]
    .flat()
    .flatMap((value) => (typeof value === "string" ? value.split(" ") : []));
}

const asTexts = (claims: JWTPayload): Record<string, string> =>
  Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value)
        ? `[${value.join(" ")}]`
        : typeof value === "object"
          ? JSON.stringify(value)
          : String(value),
    ]),
  );
