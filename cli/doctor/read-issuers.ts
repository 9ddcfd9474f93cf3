import { discoveryUrl, fetchKeys } from "../../runtime/jwt/fetch-keys.ts";
import { GetError, jsonGetter } from "../../runtime/jwt/https-getter.ts";
import type { IssuerConfig } from "../../runtime/jwt/issuer-config.ts";
import { isTemplate } from "../../runtime/jwt/issuer-template.ts";
import type { TrustConfig } from "../../runtime/jwt/trust-config.ts";
import { clockAhead } from "./clock.ts";
import type { Read } from "./read.ts";
import type { IssuerReading } from "./state.ts";

/** As long as a person waits; the authorizer itself is less patient. */
const LIMITS = { timeout: 5_000, maxBytes: 512 * 1024 };

/** Asks every trusted issuer as the authorizer does, from this machine. */
export const readIssuers = ({ issuers, local }: TrustConfig): Promise<IssuerReading[]> =>
  Promise.all(issuers.map((issuer) => readIssuer(issuer, local)));

async function readIssuer(issuer: IssuerConfig, local: boolean): Promise<IssuerReading> {
  const [keys, discovery, clock] = await Promise.all([
    readKeys(issuer, local),
    isTemplate(issuer.url) ? undefined : readDiscovery(issuer.url),
    readClock(issuer.jwksUri ?? discoveryUrl(issuer.url)),
  ]);
  return { issuer, keys, discovery, clock };
}

async function readKeys(issuer: IssuerConfig, local: boolean): Promise<IssuerReading["keys"]> {
  const asked = issuer.jwksUri ?? discoveryUrl(issuer.url);
  const work = fetchKeys(issuer, jsonGetter(LIMITS), local);
  return work.then(
    (value): Read<typeof value> => ({ value }),
    (error: Error) => ({
      failure: {
        why: `${asked}: ${reasonOf(error)}`,
        fix: FIXES[error instanceof GetError ? error.code : ""] ?? UNREACHABLE,
      },
    }),
  );
}

const reasonOf = (error: Error & { readonly code?: unknown }): string =>
  [
    error.message,
    error instanceof GetError || typeof error.code === "string" ? `(${String(error.code)})` : "",
  ]
    .filter((part) => part !== "")
    .join(" ");

const UNREACHABLE =
  "correct url or jwks_uri in Terraform's issuers, or the issuer's DNS, certificate or status; npx portcullis keys stores the keys for an outage";

const FIXES: Readonly<Record<string, string>> = {
  other_issuer:
    "url, in Terraform's issuers, must equal the issuer of its discovery document to the character, a slash at its end included",
  jwks_uri_refused: "set jwks_uri, in Terraform's issuers, to an https URL of a public host",
  no_keys: "set jwks_uri, in Terraform's issuers, to the issuer's key set",
  no_usable_key:
    "the issuer has to publish an RSA key of 2,048 bits or more, or an EC or OKP key, for signatures",
};

async function readDiscovery(url: string): Promise<IssuerReading["discovery"]> {
  try {
    const document = (await jsonGetter(LIMITS)(discoveryUrl(url))) as Readonly<Record<string, unknown>>;
    return { issuer: document["issuer"], jwksUri: document["jwks_uri"] };
  } catch {
    // An issuer with a jwks_uri need not have one; without, the keys say why they cannot be had.
    return undefined;
  }
}

async function readClock(url: string): Promise<number | undefined> {
  const sentAt = Date.now();
  try {
    const { headers } = await fetch(url, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(LIMITS.timeout),
    });
    return clockAhead({ date: headers.get("date"), age: headers.get("age") }, sentAt, Date.now());
  } catch {
    // That it cannot be reached is told with its keys.
    return undefined;
  }
}
