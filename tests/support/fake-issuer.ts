import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from "jose";

/** A key pair with the id and algorithm for tokens that it signs. */
export interface Signer {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

export async function makeSigner(kid: string, alg = "RS256"): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

export type Claims = Record<string, unknown>;

/** Signs claims without adding any. */
export function sign(
  signer: Signer,
  claims: Claims,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const protectedHeader = { alg: signer.alg, kid: signer.kid, typ: "at+jwt", ...header };
  return new SignJWT(claims).setProtectedHeader(protectedHeader).sign(signer.privateKey);
}

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** An identity provider on its own socket: it serves discovery and keys, or the responses that a test sets. */
export class FakeIssuer {
  readonly requests: string[] = [];
  keys: JWK[];
  /** The responses that replace the default ones, by path. */
  readonly answers = new Map<string, Respond>();
  readonly #server = createServer((request, response) => this.#respond(request, response));

  private constructor(keys: JWK[]) {
    this.keys = keys;
  }

  static async start(...signers: Signer[]): Promise<FakeIssuer> {
    const issuer = new FakeIssuer(signers.map((signer) => signer.jwk));
    await new Promise<void>((resolve) => issuer.#server.listen(0, "127.0.0.1", resolve));
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The number of requests for the keys. */
  get keyFetches(): number {
    return this.requests.filter((path) => path === "/jwks").length;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "";
    this.requests.push(path);
    const respond = this.answers.get(path) ?? this.#defaultResponse(path);
    respond(request, response);
  }

  #defaultResponse(path: string): Respond {
    if (path === "/.well-known/openid-configuration")
      return (_, response) => json(response, { issuer: this.url, jwks_uri: `${this.url}/jwks` });
    if (path === "/jwks") return (_, response) => json(response, { keys: this.keys });
    return (_, response) => response.writeHead(404).end();
  }
}

export function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}
