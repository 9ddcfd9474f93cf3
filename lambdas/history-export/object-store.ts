import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import { partition } from "@aws-sdk/core/client";
import { HttpRequest } from "@smithy/core/protocols";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import { Sha256 } from "../../runtime/table/sha256.ts";
import type { TableConfig } from "../../runtime/table/table-config.ts";

/** A bucket in which each key is written once. */
export interface ObjectStore {
  /**
   * Writes an object, unless its key exists.
   *
   * @param key of unreserved characters of a URL and slashes
   * @throws ObjectStoreError when S3 returns an error
   * @throws Error when there is no response
   */
  put(key: string, body: string): Promise<void>;
}

/** An error that S3 returned. Its code, such as `AccessDenied`, is logged. */
export class ObjectStoreError extends Error {
  readonly code: string;

  constructor(code: string, status: number) {
    super(`S3 returned status ${status}`);
    this.name = "ObjectStoreError";
    this.code = code;
  }
}

/** Timeouts in ms. */
const LIMITS = { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

/** Creates the client of a bucket. */
export function objectStore({
  bucket,
  region,
  endpoint,
  credentials,
}: Pick<TableConfig, "region" | "endpoint" | "credentials"> & { readonly bucket: string }): ObjectStore {
  // Keys have only characters that are never escaped, so their path is signed as it is.
  const signer = new SignatureV4({
    service: "s3",
    region,
    credentials,
    sha256: Sha256,
    uriEscapePath: false,
  });
  const handler = new NodeHttpHandler(LIMITS);
  const base = new URL(
    endpoint === undefined
      ? `https://${bucket}.s3.${region}.${partition(region).dnsSuffix}`
      : `${endpoint.replace(/\/$/, "")}/${bucket}`,
  );
  return {
    async put(key, body) {
      const signed = await signer.sign(createRequest(base, key, body));
      const { response } = await handler.handle(new HttpRequest(signed));
      const answer = await text(response.body);
      // 412: an earlier attempt has written it.
      if (response.statusCode === 200 || response.statusCode === 412) return;
      const code = /<Code>(\w{1,64})<\/Code>/.exec(answer)?.[1] ?? `status_${response.statusCode}`;
      throw new ObjectStoreError(code, response.statusCode);
    },
  };
}

const createRequest = (base: URL, key: string, body: string): HttpRequest =>
  new HttpRequest({
    method: "PUT",
    protocol: base.protocol,
    hostname: base.hostname,
    ...(base.port !== "" && { port: Number(base.port) }),
    path: `${base.pathname.replace(/\/$/, "")}/${key}`,
    headers: {
      host: base.host,
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      "if-none-match": "*",
      // A bucket with Object Lock accepts no object without a checksum.
      "x-amz-checksum-sha256": createHash("sha256").update(body).digest("base64"),
    },
    body,
  });
