import { X509Certificate } from "node:crypto";

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * Returns whether a string is one or more certificates as PEM, and nothing else, such as a private key.
 *
 * @example
 * import { areCertificates } from "./certificates.ts";
 *
 * areCertificates("-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n"); // => false
 */
export function areCertificates(value: unknown): value is string {
  if (typeof value !== "string") return false;
  const blocks = value.match(BLOCK) ?? [];
  return blocks.length > 0 && value.replace(BLOCK, "").trim() === "" && blocks.every(isCertificate);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
