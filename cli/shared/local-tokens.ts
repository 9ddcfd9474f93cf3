import type { TokenRequest } from "../../local/identity-provider/identity-provider.ts";
import { ISSUERS_PATH, issuerUrl, type LocalIssuers } from "../../local/identity-provider/identity-server.ts";

/** The origin of the local stack on a port. */
export const localOrigin = (port: number): string => `http://127.0.0.1:${port}`;

/** Says what to do if no local stack listens. */
export const noStack = (origin: string): string =>
  `No stack listens on ${origin}: start it with npx portcullis start, or name its port with --port`;

/** Returns the issuers of the running stack, or undefined if no stack listens. */
export async function fetchIssuers(origin: string): Promise<LocalIssuers | undefined> {
  try {
    return (await (await fetch(origin + ISSUERS_PATH)).json()) as LocalIssuers;
  } catch {
    return undefined;
  }
}

/** Mints a token of one of the local stack's own issuers. Returns the token, or the problem. */
export async function mintToken(
  origin: string,
  issuer: string,
  request: TokenRequest,
): Promise<{ readonly token: string } | { readonly problem: string }> {
  const response = await fetch(`${issuerUrl(origin, issuer)}/token`, {
    method: "POST",
    body: JSON.stringify(request),
  });
  const body = (await response.json()) as { access_token?: string; error?: string };
  return body.access_token === undefined
    ? { problem: body.error ?? `The identity provider answered with status ${response.status}` }
    : { token: body.access_token };
}
