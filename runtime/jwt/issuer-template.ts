/**
 * The placeholder for a customer's directory in an issuer's URL, as one whole path segment. With
 * `https://login.microsoftonline.com/{tid}/v2.0` each of Entra's directories is an issuer, and all have the same keys.
 */
const PLACEHOLDER = "{tid}";
const DIRECTORY = /^[A-Za-z0-9-]{1,64}$/;

/** Returns whether an issuer's URL contains `{tid}`, the placeholder for a directory. */
export const isTemplate = (url: string): boolean => url.includes(PLACEHOLDER);

/** Returns what is wrong with the braces in an issuer's URL; undefined when nothing is. */
export function templateProblem(url: string, jwksUri: unknown): string | undefined {
  if (!/[{}]/.test(url)) return undefined;
  const [before = "", after = "", ...others] = url.split(PLACEHOLDER);
  const isSegment = /^https?:\/\/[^/]+\/(.*\/)?$/.test(before) && /^(\/|$)/.test(after);
  if (others.length > 0 || !isSegment || /[{}]/.test(before + after))
    return `may contain ${PLACEHOLDER} only once, as a whole path segment, and no other braces`;
  return jwksUri === undefined ? `contains ${PLACEHOLDER}, so jwksUri is required` : undefined;
}

/**
 * Returns the directory in an `iss`; undefined when the `iss` does not match the template.
 *
 * @example
 * import { matchDirectory } from "./issuer-template.ts";
 *
 * matchDirectory("https://id.example.com/{tid}/v2.0", "https://id.example.com/acme/v2.0"); // => "acme"
 * matchDirectory("https://id.example.com/{tid}/v2.0", "https://id.example.com/v2.0"); // => undefined
 */
export function matchDirectory(template: string, iss: string): string | undefined {
  const [before = "", after] = template.split(PLACEHOLDER);
  if (after === undefined || !iss.startsWith(before) || !iss.endsWith(after)) return undefined;
  const directory = iss.slice(before.length, iss.length - after.length);
  return before.length + directory.length + after.length === iss.length && DIRECTORY.test(directory)
    ? directory
    : undefined;
}

/** Finds the issuer of an `iss`: the one with exactly this URL, else the one whose template matches. */
export function findIssuer<Issuer extends { readonly url: string }>(
  issuers: readonly Issuer[],
  iss: unknown,
): Issuer | undefined {
  if (typeof iss !== "string") return undefined;
  return (
    issuers.find(({ url }) => url === iss && !isTemplate(url)) ??
    issuers.find(({ url }) => matchDirectory(url, iss) !== undefined)
  );
}

/**
 * Returns whether a key may sign tokens of this issuer. Entra's keys have a member `issuer`, which is a template for
 * all directories or the URL of one directory. A key without this member may sign for every issuer that serves it.
 */
export function isKeyForIssuer(url: string, keyIssuer: unknown): boolean {
  if (keyIssuer === undefined) return true;
  if (typeof keyIssuer !== "string") return false;
  const template = keyIssuer.replace("{tenantid}", PLACEHOLDER);
  return template === url || matchDirectory(template, url) !== undefined;
}
