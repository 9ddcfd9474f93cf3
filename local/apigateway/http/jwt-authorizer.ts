import { createRemoteJWKSet, decodeProtectedHeader, type JWTPayload, jwtVerify } from "jose";
import { GatewayFailure } from "../shared/gateway-failure.ts";
import type { HttpExchange } from "./exchange.ts";
import type { HttpRoute, JwtAuthorizer } from "./model.ts";
import { evaluateSelection } from "./selection.ts";

/** API Gateway accepts RSA only. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

type Keys = ReturnType<typeof createRemoteJWKSet>;

/**
 * Creates API Gateway's own authorizer, which checks key id, signature, issuer, audience (`client_id` where there is
 * no `aud`), times, and any one of the route's scopes. The issuer's keys are found by discovery.
 *
 * @param jwksUris the URLs of keys that discovery does not find, by the issuer's URL
 * @returns a function that lets a request through or throws GatewayFailure 401, or 403 if the scope is missing
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export function createJwtAuthorizers(
  now: () => number,
  jwksUris: ReadonlyMap<string, string>,
): (authorizer: JwtAuthorizer, route: HttpRoute, exchange: HttpExchange) => Promise<void> {
  const keys = new Map<string, Promise<Keys>>();
  const fetchKeys = (issuer: string): Promise<Keys> => {
    const cached = keys.get(issuer) ?? findKeys(issuer, jwksUris.get(issuer));
    keys.set(issuer, cached);
    cached.catch(() => keys.delete(issuer));
    return cached;
  };
  return async (authorizer, { scopes }, exchange) => {
    const token = (evaluateSelection(authorizer.identitySource, exchange) ?? "").replace(/^Bearer +/i, "");
    const startedAt = now();
    const claims = await verify(token, authorizer, fetchKeys).catch(() => undefined);
    const latencyMs = now() - startedAt;
    const log = (status: number): void => {
      exchange.authorizer = { name: authorizer.name, cache: "off", status, latencyMs };
    };
    log(401);
    if (claims === undefined) throw new GatewayFailure("UNAUTHORIZED");
    log(403);
    if (scopes.length > 0 && !scopes.some((scope) => readScopes(claims).includes(scope)))
      throw new GatewayFailure("ACCESS_DENIED");
    log(200);
    exchange.authorization = {
      jwt: { claims: toStrings(claims), scopes: scopes.length === 0 ? null : scopes },
    };
  };
}

async function verify(
  token: string,
  { issuer, audience }: JwtAuthorizer,
  fetchKeys: (issuer: string) => Promise<Keys>,
): Promise<JWTPayload> {
  if (decodeProtectedHeader(token).kid === undefined) throw new Error("The token has no key id");
  const { payload } = await jwtVerify(token, await fetchKeys(issuer), {
    issuer,
    algorithms: ALGORITHMS,
    requiredClaims: ["exp"],
  });
  const audiences = [payload.aud ?? payload["client_id"]].flat();
  if (!audiences.some((value) => typeof value === "string" && audience.includes(value)))
    throw new Error("The token is for another audience");
  return payload;
}

async function findKeys(issuer: string, jwksUri: string | undefined): Promise<Keys> {
  return createRemoteJWKSet(new URL(jwksUri ?? (await discover(issuer)) ?? ""));
}

async function discover(issuer: string): Promise<string | undefined> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  return ((await response.json()) as { jwks_uri?: string }).jwks_uri;
}

function readScopes(claims: JWTPayload): string[] {
  return [claims["scope"], claims["scp"]]
    .flat()
    .flatMap((value) => (typeof value === "string" ? value.split(" ") : []));
}

const toStrings = (claims: JWTPayload): Record<string, string> =>
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
