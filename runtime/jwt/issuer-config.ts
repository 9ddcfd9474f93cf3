import { type IssuerName, issuerName } from "../../core/model/ids.ts";
import { isObject } from "../../core/model/is-object.ts";
import { ALGORITHMS } from "../../core/model/issuer.ts";
import { parseJson } from "../../core/model/parse-json.ts";
import type { EnvironmentReader } from "../environment.ts";
import { areCertificates } from "./certificates.ts";
import { templateProblem, withoutVariableName } from "./issuer-template.ts";
import { issuerUrlProblem } from "./issuer-url.ts";

/** The two names of one algorithm: that of RFC 8037, and that of RFC 9864. */
const EDWARDS: readonly string[] = ["EdDSA", "Ed25519"];

/** Returns whether an algorithm is Ed25519, by either of its names. */
export const isEdwards = (algorithm: unknown): boolean =>
  typeof algorithm === "string" && EDWARDS.includes(algorithm);

/** Adds the other name of Ed25519 to a list that has one of them. */
export const withBothNames = (algorithms: readonly string[]): readonly string[] =>
  algorithms.some(isEdwards) ? [...new Set([...algorithms, ...EDWARDS])] : algorithms;

/** The settings of a trusted issuer that differ from environment to environment. */
export interface IssuerConfig {
  /** The issuer's name in `policies/issuers.yaml`. */
  readonly name: IssuerName;
  /**
   * The exact value of `iss`. With a variable such as `{pool}` it matches each directory, and the tenant that lists the
   * directory is the token's.
   */
  readonly url: string;
  /** The URL of the key set; undefined means that OpenID Connect Discovery below `url` finds it. */
  readonly jwksUri: string | undefined;
  /** The accepted audiences. */
  readonly audiences: readonly string[];
  /** The accepted values of `alg`. */
  readonly algorithms: readonly string[];
  /** Whether the issuer's hosts may have private addresses, because they are in the function's own network. */
  readonly isPrivate?: boolean;
  /** The certificates, as PEM, that its hosts are trusted by, in place of the public roots. */
  readonly ca?: string;
}

const MEMBERS = ["url", "jwksUri", "audiences", "algorithms", "network", "ca"];

/**
 * Reads the variable ISSUERS, a JSON object of issuers by name. Problems are reported to the reader.
 *
 * @param local whether issuers on loopback and over http are accepted
 * @example
 * import { environmentReader } from "../environment.ts";
 * import { readIssuers } from "./issuer-config.ts";
 *
 * const read = environmentReader({ ISSUERS: '{"main":{"url":"http://id.example.com","audiences":["api"]}}' });
 * readIssuers(read, false).length; // => 1
 * read.problems; // => ["ISSUERS.main.url must be an https URL"]
 */
export function readIssuers(read: EnvironmentReader, local: boolean): IssuerConfig[] {
  const issuers = parseObject(read.optional("ISSUERS") ?? "");
  if (issuers === undefined || Object.keys(issuers).length === 0) {
    read.report("ISSUERS", "must be a JSON object of issuers by name, with at least one");
    return [];
  }
  const found = Object.entries(issuers).map(([name, settings], index) =>
    readIssuer(name, settings, reporterFor(`ISSUERS.${safeName(name, index)}`, read), local),
  );
  for (const [index, { name, url }] of found.entries())
    if (found.findIndex((other) => withoutVariableName(other.url) === withoutVariableName(url)) < index)
      read.report(`ISSUERS.${safeName(name, index)}.url`, "is also the url of another issuer");
  return found;
}

/** Returns a name for messages. A key that does not look like a name may be a secret, so its number is returned. */
const safeName = (name: string, index: number): string =>
  /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name) ? name : `#${index + 1}`;

type Report = (member: string, problem: string | undefined) => void;

const reporterFor =
  (path: string, read: EnvironmentReader): Report =>
  (member, problem) => {
    if (problem !== undefined) read.report(`${path}.${member}`, problem);
  };

function readIssuer(name: string, value: unknown, report: Report, local: boolean): IssuerConfig {
  const settings = isObject(value) ? value : {};
  for (const [index, member] of Object.keys(settings).entries())
    if (!MEMBERS.includes(member)) report(safeName(member, index), `is not one of ${MEMBERS.join(", ")}`);
  const { url, jwksUri, audiences, algorithms = ["RS256"], network = "public", ca } = settings;
  report("url", issuerUrlProblem(url, local) ?? templateProblem(String(url)));
  if (jwksUri !== undefined) report("jwksUri", issuerUrlProblem(jwksUri, local));
  if (!isStringList(audiences)) report("audiences", "must be a list of at least one audience");
  if (!isStringList(algorithms) || !algorithms.every(isAlgorithm))
    report("algorithms", `must be a list of ${ALGORITHMS.join(", ")}`);
  if (network !== "public" && network !== "private") report("network", "must be public or private");
  if (ca !== undefined && !areCertificates(ca)) report("ca", "must be certificates as PEM, and nothing else");
  return {
    name: issuerName(name),
    url: String(url),
    jwksUri: jwksUri === undefined ? undefined : String(jwksUri),
    audiences: isStringList(audiences) ? audiences : [],
    algorithms: isStringList(algorithms) ? algorithms : [],
    ...(network === "private" && { isPrivate: true }),
    ...(areCertificates(ca) && { ca }),
  };
}

function parseObject(json: string): Record<string, unknown> | undefined {
  const parsed = parseJson(json);
  return isObject(parsed) ? parsed : undefined;
}

const isStringList = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((entry) => typeof entry === "string" && entry !== "");

const isAlgorithm = (name: string): boolean => (ALGORITHMS as readonly string[]).includes(name);
