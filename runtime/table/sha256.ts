import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import type { SourceData } from "@smithy/types";

/**
 * SHA-256, or its HMAC, as the SDK's signer needs it. The SDK's own class brings an implementation in JavaScript, which
 * Node never uses, and which a cold start would compile.
 */
export class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Uint8Array);
  }

  update(chunk: SourceData): void {
    this.#hash.update(chunk as Uint8Array);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}
