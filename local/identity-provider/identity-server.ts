import type { IncomingMessage, ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import type { JWK } from "jose";
import type { IdentityProvider, TokenRequest } from "./identity-provider.ts";

export const ISSUERS_PATH = "/_portcullis/issuers";

/** Builds the URL of an issuer of the local stack, which is its `iss`. */
export const issuerUrl = (origin: string, name: string): string =>
  `${origin}${ISSUERS_PATH}/${encodeURIComponent(name)}`;

/** A trusted issuer in the form of the authorizer's configuration. */
export interface TrustedIssuer {
  readonly url: string;
  readonly jwksUri?: string;
  readonly audiences: readonly string[];
  readonly algorithms?: readonly string[];
}

/** The trusted issuers of the running stack, in the form of the authorizer's configuration. */
export type LocalIssuers = Readonly<Record<string, TrustedIssuer>>;

/** A real identity provider, whose tokens the local stack accepts instead of minting its own. */
export interface RealIssuer {
  /** Its settings, in the form of the authorizer's configuration. */
  readonly settings: TrustedIssuer;
  /** Its keys, for use without a network; undefined: they are fetched from the provider. */
  readonly jwks: { readonly keys: readonly JWK[] } | undefined;
}

/** Real identity providers by the issuer's name in the policy files. */
export type RealIssuers = ReadonlyMap<string, RealIssuer>;

/**
 * Returns a real identity provider's configuration for the authorizer. Keys that were given are served by the local
 * stack itself, because the function's configuration contains no keys.
 */
export const realIssuerConfig = (
  origin: string,
  name: string,
  { settings, jwks }: RealIssuer,
): TrustedIssuer =>
  jwks === undefined ? settings : { ...settings, jwksUri: `${issuerUrl(origin, name)}/jwks.json` };

/** Returns the names of the issuers that the local stack mints tokens for, in the order of the policy files. */
export const mintedIssuers = (issuers: LocalIssuers, origin: string): string[] =>
  Object.keys(issuers).filter((name) => issuers[name]?.url.startsWith(`${origin}${ISSUERS_PATH}/`));

/**
 * Serves the local issuers: discovery, keys, `POST token` (mints any token) and `POST rotate`. Of a real identity
 * provider it serves only the keys that it was started with.
 */
export async function handleIdentityRequest(
  request: IncomingMessage,
  response: ServerResponse,
  find: (name: string) => IdentityProvider | RealIssuer | undefined,
): Promise<void> {
  const [text = "", ...rest] =
    (request.url ?? "")
      .slice(ISSUERS_PATH.length + 1)
      .split("?", 1)[0]
      ?.split("/") ?? [];
  const name = decodeURIComponent(text);
  const provider = find(name);
  if (provider === undefined) return sendJson(response, 404, { error: `There is no issuer ${name}` });
  const [path, method] = [rest.join("/"), request.method];
  if ("settings" in provider) {
    if (method === "GET" && path === "jwks.json" && provider.jwks !== undefined)
      return sendJson(response, 200, provider.jwks);
    return sendJson(response, 409, {
      error: `The local stack mints no token for ${name}, because --trust names its real identity provider: get one there`,
    });
  }
  const discovered = /^(?:([^/]+)\/)?\.well-known\/openid-configuration$/.exec(path);
  if (method === "GET" && discovered !== null)
    return sendJson(response, 200, provider.discovery(discovered[1]));
  if (method === "GET" && path === "jwks.json") return sendJson(response, 200, await provider.jwks());
  if (method === "POST" && path === "token")
    return sendJson(response, 200, {
      access_token: await provider.mint((await json(request)) as TokenRequest),
      token_type: "Bearer",
    });
  if (method === "POST" && path === "rotate")
    return sendJson(response, 200, { kid: await provider.rotate() });
  if (path === "authorize")
    return sendJson(response, 501, {
      error: `The local stack has no login page. Get a token with npx portcullis token --issuer ${name}`,
    });
  return sendJson(response, 404, {
    error: "Use GET .well-known/openid-configuration or jwks.json, or POST token or rotate",
  });
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
    .end(JSON.stringify(body));
}
