import { isDirectory } from "../../core/model/directory.ts";

/**
 * The variable in an issuer's URL: a whole segment of the path, or the first label of the host. With
 * `https://cognito-idp.eu-central-1.amazonaws.com/{pool}` each of the region's pools can be the directory of a tenant.
 */
const VARIABLE = /\{[A-Za-z]\w*\}/;
const LABEL = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Returns whether an issuer's URL has a variable, so that it has a directory for each tenant. */
export const isTemplate = (url: string): boolean => VARIABLE.test(url);

/** Returns a URL without the name of its variable, which says nothing about what it matches. */
export const withoutVariableName = (url: string): string => url.replace(VARIABLE, "{}");

/** Returns the pattern of the hosts of a template: the host itself, or `*` and the host after the variable. */
export const templateHost = (url: string): string => new URL(url.replace(/\/\/[^./]*\}/, "//*")).hostname;

/** Returns the URL of a directory. */
export const directoryUrl = (template: string, directory: string): string =>
  template.replace(VARIABLE, () => directory);

/** Returns what is wrong with the braces in an issuer's URL; undefined when nothing is. */
export function templateProblem(url: string): string | undefined {
  if (!/[{}]/.test(url)) return undefined;
  const [before = "", after = "", ...others] = url.split(VARIABLE);
  const isSegment = /^https?:\/\/[^/]+\/([^?]*\/)?$/.test(before) && /^(\/|$)/.test(after);
  const isLabel = /^https?:\/\/$/.test(before) && /^(\.[a-z0-9_-]+){2,}(:\d+)?(\/|$)/.test(after);
  return others.length > 0 || !(isSegment || isLabel) || /[{}]/.test(before + after)
    ? "may have one variable such as {tenant}, as a whole path segment or as the host's first label, and no other braces"
    : undefined;
}

/**
 * Returns the directory in an `iss`; undefined when the `iss` does not match the template.
 *
 * @example
 * import { matchDirectory } from "./issuer-template.ts";
 *
 * matchDirectory("https://id.example.com/{tid}/v2.0", "https://id.example.com/acme/v2.0"); // => "acme"
 * matchDirectory("https://id.example.com/{tid}/v2.0", "https://id.example.com/a/b/v2.0"); // => undefined
 * matchDirectory("https://{org}.example.com", "https://acme.example.com"); // => "acme"
 */
export function matchDirectory(template: string, iss: string): string | undefined {
  const [before = "", after] = template.split(VARIABLE);
  if (after === undefined || !iss.startsWith(before) || !iss.endsWith(after)) return undefined;
  const directory = iss.slice(before.length, iss.length - after.length);
  const isWhole = before.length + directory.length + after.length === iss.length && isDirectory(directory);
  return isWhole && (!before.endsWith("//") || LABEL.test(directory)) ? directory : undefined;
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
  return (
    withoutVariableName(keyIssuer) === withoutVariableName(url) ||
    matchDirectory(keyIssuer, url) !== undefined
  );
}
