import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { discoveryUrl, fetchKeys } from "../../../runtime/jwt/fetch-keys.ts";
import { GetError } from "../../../runtime/jwt/https-getter.ts";
import type { IssuerConfig } from "../../../runtime/jwt/issuer-config.ts";
import { machineGetter } from "../../../runtime/jwt/issuer-getter.ts";
import { isTemplate } from "../../../runtime/jwt/issuer-template.ts";
import type { TrustConfig } from "../../../runtime/jwt/trust-config.ts";
import { issuersInTable, issuersOutsideTable } from "../../table/issuers-in-table.ts";
import type { Read } from "../read.ts";
import type { IssuerReading, TableReading } from "../state.ts";
import { clockOffset } from "./clock-offset.ts";

/** A user waits longer than the authorizer does. */
const LIMITS = { timeout: 5_000, maxBytes: 512 * 1024 };
const getterOf = machineGetter(LIMITS);

/** The most issuers of the table whose keys are fetched. */
export const MOST_IN_TABLE = 50;

/**
 * Fetches the keys of the trusted issuers like the authorizer, but from this machine: of all that the function's
 * configuration has, and of the first that the table has.
 */
export function readIssuers(trust: TrustConfig, table: Read<TableReading>): Promise<IssuerReading[]> {
  const inTable = "value" in table ? issuersInTable(table.value.content, trust).issuers : [];
  return Promise.all([
    ...issuersOutsideTable(trust).map((issuer) => readIssuer(issuer, trust.local)),
    ...inTable
      .slice(0, MOST_IN_TABLE)
      .map(async (issuer) => ({ ...(await readIssuer(issuer, trust.local)), isInTable: true as const })),
  ]);
}

async function readIssuer(issuer: IssuerConfig, local: boolean): Promise<IssuerReading> {
  const [keys, discovery, clock] = await Promise.all([
    readKeys(issuer, local),
    isTemplate(issuer.url) ? undefined : readDiscovery(issuer),
    readClock(issuer),
  ]);
  return { issuer, keys, discovery, clock };
}

async function readKeys(issuer: IssuerConfig, local: boolean): Promise<IssuerReading["keys"]> {
  const url = issuer.jwksUri ?? discoveryUrl(issuer.url);
  const work = fetchKeys(issuer, getterOf(issuer), local);
  return work.then(
    (value): Read<typeof value> => ({ value }),
    (error: Error) => ({
      failure: {
        why: `${url}: ${describeError(error)}`,
        fix: FIXES[error instanceof GetError ? error.code : ""] ?? UNREACHABLE,
      },
    }),
  );
}

const describeError = (error: Error & { readonly code?: unknown }): string =>
  [
    error.message,
    error instanceof GetError || typeof error.code === "string" ? `(${String(error.code)})` : "",
  ]
    .filter((part) => part !== "")
    .join(" ");

const UNREACHABLE =
  "correct url or jwks_uri in Terraform's issuers, or the issuer's DNS, certificate or status; npx portcullis keys stores keys for an outage";

const FIXES: Readonly<Record<string, string>> = {
  other_issuer:
    "set url in Terraform's issuers to exactly the issuer of its discovery document, with or without the slash at the end",
  jwks_uri_refused: "set jwks_uri in Terraform's issuers to an https URL of a public host",
  no_keys: "set jwks_uri in Terraform's issuers to the issuer's key set",
  no_usable_key:
    "have the issuer publish an RSA key of at least 2,048 bits, or an EC or OKP key, for signatures",
};

async function readDiscovery(issuer: IssuerConfig): Promise<IssuerReading["discovery"]> {
  try {
    const document = (await getterOf(issuer)(discoveryUrl(issuer.url))) as Readonly<Record<string, unknown>>;
    return { issuer: document["issuer"], jwksUri: document["jwks_uri"] };
  } catch {
    // An issuer with a jwks_uri needs no discovery document. Without one, reading the keys reports the failure.
    return undefined;
  }
}

async function readClock({ jwksUri, url, ca }: IssuerConfig): Promise<number | undefined> {
  const sentAt = Date.now();
  try {
    const headers = await readHeaders(jwksUri ?? discoveryUrl(url), ca);
    return clockOffset({ date: headers.date ?? null, age: headers.age ?? null }, sentAt, Date.now());
  } catch {
    // Reading the keys reports an issuer that cannot be reached.
    return undefined;
  }
}

/** Sends HEAD. `fetch` cannot trust an issuer's own CA. */
const readHeaders = (url: string, ca: string | undefined): Promise<IncomingHttpHeaders> =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(LIMITS.timeout);
    const send = url.startsWith("https:") ? httpsRequest : httpRequest;
    send(url, { method: "HEAD", agent: false, signal, ca }, (response) => {
      response.resume();
      resolve(response.headers);
    })
      .on("error", reject)
      .end();
  });
