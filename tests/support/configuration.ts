import { environmentReader } from "../../runtime/environment.ts";
import type { IssuerConfig } from "../../runtime/jwt/issuer-config.ts";
import { readTrust, type TrustConfig } from "../../runtime/jwt/trust-config.ts";
import { readTable, type TableConfig } from "../../runtime/table/table-config.ts";
import { AUDIENCE } from "./fixtures.ts";

/** Trusted issuers, as the variable ISSUERS has them. */
type Issuers = Readonly<Record<string, unknown>>;

/** Returns an issuer `main`, as the variable ISSUERS has it. */
export const mainIssuer = (url: string) => ({ main: { url, audiences: [AUDIENCE] } });

/** The table's name in tests. */
export const TABLE_NAME = "permissions";

/** Returns the environment of an authorizer's Lambda with valid values of all required variables. */
export const authorizerEnvironment = (
  changes: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => ({
  TABLE_NAME,
  CACHING_MODE: "token",
  ISSUERS: JSON.stringify(mainIssuer("https://id.example.com")),
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  ...changes,
});

/** Returns the environment of an authorizer with a table and issuers on loopback. */
export const localEnvironment = (
  endpoint: string,
  issuers: Issuers,
  changes: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> =>
  authorizerEnvironment({
    PORTCULLIS_LOCAL: "1",
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    ISSUERS: JSON.stringify(issuers),
    ...changes,
  });

/** Changes of a trust configuration. Settings that an issuer does not have are those of the issuer `main`. */
export interface TrustChanges extends Partial<Omit<TrustConfig, "issuers">> {
  readonly issuers?: readonly Partial<IssuerConfig>[];
}

/** Returns a trust configuration with the authorizer's defaults and one issuer `main`. */
export function trustConfig({ issuers = [{}], ...changes }: TrustChanges = {}): TrustConfig {
  const trust = readTrust(environmentReader(authorizerEnvironment()));
  return {
    ...trust,
    ...changes,
    issuers: trust.issuers.flatMap((main) => issuers.map((issuer) => ({ ...main, ...issuer }))),
  };
}

/** Returns a trust configuration for issuers on loopback. */
export const localTrust = (changes: TrustChanges): TrustConfig => trustConfig({ local: true, ...changes });

/** Returns the configuration of a table on loopback, with the authorizer's defaults. */
export const tableConfig = (endpoint: string): TableConfig =>
  readTable(environmentReader(localEnvironment(endpoint, {})));
