import { readFileSync } from "node:fs";
import type { JWK } from "jose";
import { isObject } from "../../core/model/is-object.ts";
import { suggestion } from "../../core/policy-files/source/suggestion.ts";
import type {
  RealIssuer,
  RealIssuers,
  TrustedIssuer,
} from "../../local/identity-provider/identity-server.ts";
import { environmentReader } from "../../runtime/environment.ts";
import { usableKeys } from "../../runtime/jwt/fetch-keys.ts";
import { readIssuers } from "../../runtime/jwt/issuer-config.ts";
import { UsageError } from "../shared/flags.ts";
import { requireFile } from "../shared/require-file.ts";

/** Stands for the URL at which the local stack will serve a file's keys. */
const LOCAL_KEYS = "http://127.0.0.1/jwks.json";

/**
 * Reads the file of `--trust`: real identity providers by the issuer's name, with the fields of Terraform's `issuers`
 * and optionally `jwks`, the key set itself.
 *
 * @param known the issuers of the policy files
 * @throws UsageError with every problem of the file
 */
export function readTrustFile(file: string, known: Iterable<string>): RealIssuers {
  const entries = Object.entries(parseFile(file));
  const names = [...known];
  const problems = entries.flatMap(([name, value]) => [
    ...(names.includes(name)
      ? []
      : [`the policy files have no issuer "${name}"${suggestion(name, names)}: add it to issuers.yaml`]),
    ...keyProblems(name, value),
  ]);
  const settings = Object.fromEntries(entries.map(([name, value]) => [name, toSettings(value)]));
  const read = environmentReader({ ISSUERS: JSON.stringify(settings) });
  readIssuers(read, true);
  problems.push(...read.problems.map(inTermsOfFile));
  if (problems.length > 0)
    throw new UsageError(problems.map((problem) => `--trust: ${file}: ${problem}`).join("\n"));
  return new Map(
    entries.map(([name, value]) => [name, toIssuer(value, settings[name] as unknown as TrustedIssuer)]),
  );
}

function parseFile(file: string): Record<string, unknown> {
  requireFile("trust", file);
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`--trust: ${file} is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(parsed) || Object.keys(parsed).length === 0)
    throw new UsageError(
      `--trust: ${file}: expected an object of issuers by name, such as {"main": {"url": "https://…", "audiences": ["…"]}}`,
    );
  return parsed;
}

function keyProblems(name: string, value: unknown): string[] {
  if (!isObject(value)) return [`${name}: expected an object with url and audiences`];
  const { jwks, jwks_uri: uri, url } = value;
  if (jwks === undefined) return [];
  if (uri !== undefined) return [`${name}: name jwks or jwks_uri, not both`];
  const keys = isObject(jwks) && Array.isArray(jwks["keys"]) ? jwks["keys"] : [];
  return usableKeys(keys, { url: String(url) }).length > 0
    ? []
    : [`${name}.jwks: expected a key set with a public key that can verify signatures: {"keys": […]}`];
}

/** Returns an issuer's settings in the form of the function's configuration, which has no `jwks`. */
function toSettings(value: unknown): Record<string, unknown> {
  if (!isObject(value)) return {};
  const { jwks, jwks_uri: uri, ...same } = value;
  const jwksUri = jwks === undefined ? uri : LOCAL_KEYS;
  return { ...same, ...(jwksUri !== undefined && { jwksUri }) };
}

/** Rewrites a problem of the configuration in the terms of the file. */
const inTermsOfFile = (problem: string): string =>
  problem.replace(/^ISSUERS\.?/, "").replaceAll("jwksUri", "jwks_uri");

function toIssuer(value: unknown, settings: TrustedIssuer): RealIssuer {
  const jwks = isObject(value) && isObject(value["jwks"]) ? (value["jwks"] as { keys: JWK[] }) : undefined;
  if (jwks === undefined) return { settings, jwks };
  const { jwksUri: _, ...own } = settings;
  return { settings: own, jwks: { keys: usableKeys(jwks.keys, own) } };
}
