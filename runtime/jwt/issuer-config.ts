import { type IssuerName, issuerName } from "../../core/model/ids.ts";
import { isObject } from "../../core/model/is-object.ts";
import type { EnvironmentReader } from "../environment.ts";
import { templateProblem } from "./issuer-template.ts";
import { issuerUrlProblem } from "./issuer-url.ts";

/** The algorithms that an issuer may sign with: asymmetric ones only. */
export const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
] as const;

/** Where a trusted issuer is and what it signs for: what differs from environment to environment. */
export interface IssuerConfig {
  /** As in `policies/issuers.yaml`. */
  readonly name: IssuerName;
  /** What `iss` must equal, to the character; `{tid}` in it: any directory, which the tenant's claim must name. */
  readonly url: string;
  /** Undefined: found by discovery below `url`. */
  readonly jwksUri: string | undefined;
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
}

const MEMBERS = ["url", "jwksUri", "audiences", "algorithms"];

/** Reads the variable ISSUERS: JSON, an object of issuers by name. */
export function readIssuers(read: EnvironmentReader, local: boolean): IssuerConfig[] {
  const issuers = parseObject(read.optional("ISSUERS") ?? "");
  if (issuers === undefined || Object.keys(issuers).length === 0) {
    read.report("ISSUERS", "must be a JSON object of issuers by name, with at least one");
    return [];
  }
  const found = Object.entries(issuers).map(([name, settings], index) =>
    readIssuer(name, settings, reporterFor(`ISSUERS.${shown(name, index)}`, read), local),
  );
  for (const [index, { name, url }] of found.entries())
    if (found.findIndex((other) => other.url === url) < index)
      read.report(`ISSUERS.${shown(name, index)}.url`, "is another issuer's too");
  return found;
}

/** A name as a message may show it: what is none may be a value in a name's place, and is told by its number. */
const shown = (name: string, index: number): string =>
  /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name) ? name : `#${index + 1}`;

type Report = (member: string, problem: string | undefined) => void;

const reporterFor =
  (resolved: string, read: EnvironmentReader): Report =>
  (member, problem) => {
    if (problem !== undefined) read.report(`${resolved}.${member}`, problem);
  };

function readIssuer(name: string, value: unknown, report: Report, local: boolean): IssuerConfig {
  const settings = isObject(value) ? value : {};
  for (const [index, member] of Object.keys(settings).entries())
    if (!MEMBERS.includes(member)) report(shown(member, index), `is not one of ${MEMBERS.join(", ")}`);
  const { url, jwksUri, audiences, algorithms = ["RS256"] } = settings;
  report("url", issuerUrlProblem(url, local) ?? templateProblem(String(url), jwksUri));
  if (jwksUri !== undefined) report("jwksUri", issuerUrlProblem(jwksUri, local));
  if (!isTexts(audiences)) report("audiences", "must be a list of at least one audience");
  if (!isTexts(algorithms) || !algorithms.every(isAlgorithm))
    report("algorithms", `must be a list of ${ALGORITHMS.join(", ")}`);
  return {
    name: issuerName(name),
    url: String(url),
    jwksUri: jwksUri === undefined ? undefined : String(jwksUri),
    audiences: isTexts(audiences) ? audiences : [],
    algorithms: isTexts(algorithms) ? algorithms : [],
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((entry) => typeof entry === "string" && entry !== "");

const isAlgorithm = (name: string): boolean => (ALGORITHMS as readonly string[]).includes(name);
