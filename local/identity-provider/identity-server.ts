import type { IncomingMessage, ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import type { IdentityProvider, TokenRequest } from "./identity-provider.ts";

export const ISSUERS_PATH = "/_portcullis/issuers";

/** Builds the URL of an issuer of the local stack, which is its `iss`. */
export const issuerUrl = (origin: string, name: string): string =>
  `${origin}${ISSUERS_PATH}/${encodeURIComponent(name)}`;

/** The trusted issuers of the running stack, in the form of the authorizer's configuration. */
export type LocalIssuers = Readonly<
  Record<
    string,
    { readonly url: string; readonly audiences: readonly string[]; readonly algorithms: readonly string[] }
  >
>;

/** Serves the local issuers: discovery, keys, `POST token` (mints any token) and `POST rotate`. */
export async function handleIdentityRequest(
  request: IncomingMessage,
  response: ServerResponse,
  find: (name: string) => IdentityProvider | undefined,
): Promise<void> {
  const [name = "", ...rest] =
    (request.url ?? "")
      .slice(ISSUERS_PATH.length + 1)
      .split("?", 1)[0]
      ?.split("/") ?? [];
  const provider = find(decodeURIComponent(name));
  if (provider === undefined)
    return sendJson(response, 404, { error: `There is no issuer ${decodeURIComponent(name)}` });
  const [path, method] = [rest.join("/"), request.method];
  if (method === "GET" && path === ".well-known/openid-configuration")
    return sendJson(response, 200, provider.discovery());
  if (method === "GET" && path === "jwks.json") return sendJson(response, 200, await provider.jwks());
  if (method === "POST" && path === "token")
    return sendJson(response, 200, {
      access_token: await provider.mint((await json(request)) as TokenRequest),
      token_type: "Bearer",
    });
  if (method === "POST" && path === "rotate")
    return sendJson(response, 200, { kid: await provider.rotate() });
  return sendJson(response, 404, {
    error: "Use GET .well-known/openid-configuration or jwks.json, or POST token or rotate",
  });
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
    .end(JSON.stringify(body));
}
