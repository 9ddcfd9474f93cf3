import type { TenantSelector } from "../../core/model/layout.ts";
import type { PolicyTest } from "../../core/policy-files/simulate/policy-tests.ts";
import { printRequest } from "../../core/policy-files/simulate/run-policy-tests.ts";
import { oneLine } from "../shared/output.ts";
import type { RequiredParameters } from "../shared/required-parameters.ts";

/** A request for a file of an HTTP client. */
export interface TriedRequest {
  readonly test: PolicyTest;
  /** The status with the sample backend. */
  readonly status: 200 | 403;
  /** The reason of a denial. */
  readonly reason: string | undefined;
  /** The index of its token; undefined for a public route. */
  readonly token: number | undefined;
  /** What the route requires besides its path; each gets the value 1. */
  readonly required: RequiredParameters;
}

/** The content of a file for an HTTP client. */
export interface HttpFile {
  readonly host: string;
  /** When the tokens expire. */
  readonly expires: Date;
  readonly tokens: readonly string[];
  readonly selector: TenantSelector;
  readonly requests: readonly TriedRequest[];
  /** The policy tests without a request, and why. */
  readonly leftOut: readonly (readonly [test: PolicyTest, why: string])[];
}

/** The first line of every file, by which the command knows a file that it may overwrite. */
export const FIRST_LINE = "# Requests of the policy tests, written by npx portcullis requests";

/**
 * Formats requests for the HTTP clients of VS Code (REST Client) and JetBrains. Nothing of a policy test begins a line
 * outside of a comment, or is a variable of the client, such as one that reads the environment.
 */
export const printHttpFile = ({ host, expires, tokens, selector, requests, leftOut }: HttpFile): string =>
  [
    FIRST_LINE,
    `# The tokens are of the local stack and expire at ${expires.toISOString()}. To renew them, run the command again.`,
    "",
    `@host = ${host}`,
    ...tokens.map((token, index) => `@token_${index + 1} = ${token}`),
    ...requests.flatMap((request) => requestLines(request, selector)),
    ...leftOut.map(([test, why]) => `\n# Left out: ${plain(printRequest(test))}: ${plain(why)}`),
    "",
  ].join("\n");

function requestLines(
  { test, status, reason, token, required }: TriedRequest,
  selector: TenantSelector,
): string[] {
  return [
    "",
    `### ${plain(printRequest(test))}`,
    `# expected: ${status}${reason === undefined ? "" : ` ${reason}`} (${plain(test.at.file)}:${test.at.line})`,
    `${test.method} {{host}}${encodePath(withQuery(test.path, required.query))}`,
    ...(token === undefined ? [] : [`Authorization: Bearer {{token_${token + 1}}}`]),
    ...selectorLines(selector, plain(test.as.tenant)),
    ...required.header.map((name) => `${plain(name)}: 1`),
  ];
}

function selectorLines(selector: TenantSelector, tenant: string): string[] {
  if (selector === null || "path" in selector) return [];
  return "header" in selector ? [`${selector.header}: ${tenant}`] : [`Host: ${tenant}.localhost`];
}

/** Adds query parameters that a path does not have. */
function withQuery(path: string, names: readonly string[]): string {
  const [, query = ""] = path.split(/\?(.*)/s);
  const given = new URLSearchParams(query);
  const added = names.filter((name) => !given.has(name)).map((name) => `${encodeURIComponent(name)}=1`);
  return added.length === 0 ? path : `${path}${query === "" ? "?" : "&"}${added.join("&")}`;
}

/** Formats a value on one line. A client reads `{{…}}` as a variable, also in a comment that names a request. */
const plain = (text: string): string => oneLine(text).replaceAll("{{", "{ {");

/** Percent-encodes what cannot be in a request's line, and braces, which could name a variable. */
const encodePath = (path: string): string => path.toWellFormed().replace(/[^!-z|~]/gu, encodeURIComponent);
