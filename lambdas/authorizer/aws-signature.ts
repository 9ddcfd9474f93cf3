import { createHash, createHmac } from "node:crypto";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A POST to a service of AWS's, to be signed. */
export interface UnsignedRequest {
  readonly host: string;
  readonly path: string;
  /** Names in lower case; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SigningScope {
  readonly credentials: Credentials;
  readonly region: string;
  readonly service: string;
  readonly at: Date;
}

/**
 * The request's headers with those of AWS Signature Version 4.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signedHeaders(request: UnsignedRequest, scope: SigningScope): Record<string, string> {
  const { credentials, region, service, at } = scope;
  const time = at.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const headers: Record<string, string> = { ...request.headers, host: request.host, "x-amz-date": time };
  if (credentials.sessionToken !== undefined) headers["x-amz-security-token"] = credentials.sessionToken;
  const steps = [time.slice(0, 8), region, service, "aws4_request"];
  const names = Object.keys(headers).sort();
  const signed = `AWS4-HMAC-SHA256\n${time}\n${steps.join("/")}\n${sha256(canonical(request, headers, names))}`;
  const key = steps.reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${steps.join("/")}, ` +
    `SignedHeaders=${names.join(";")}, Signature=${hmac(key, signed).toString("hex")}`;
  return headers;
}

function canonical(
  { path, body }: UnsignedRequest,
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): string {
  const lines = names.map((name) => `${name}:${headers[name]}`);
  return ["POST", path, "", ...lines, "", names.join(";"), sha256(body)].join("\n");
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
