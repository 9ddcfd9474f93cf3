/**
 * Stands in an issuer's URL, as one whole segment of its path, for the customer's directory: of
 * `https://login.microsoftonline.com/{tid}/v2.0` each of Entra's directories is an issuer, all with the same keys.
 */
const PLACEHOLDER = "{tid}";
const DIRECTORY = /^[A-Za-z0-9-]{1,64}$/;

export const isTemplate = (url: string): boolean => url.includes(PLACEHOLDER);

/** What is wrong with the braces in an issuer's URL; undefined where nothing is. */
export function templateProblem(url: string, jwksUri: unknown): string | undefined {
  if (!/[{}]/.test(url)) return undefined;
  const [before = "", after = "", ...others] = url.split(PLACEHOLDER);
  const isSegment = /^https?:\/\/[^/]+\/(.*\/)?$/.test(before) && /^(\/|$)/.test(after);
  if (others.length > 0 || !isSegment || /[{}]/.test(before + after))
    return `may have ${PLACEHOLDER} once, as a whole segment of its path, and no other brace`;
  return jwksUri === undefined ? `has ${PLACEHOLDER}, so jwksUri must say where the keys are` : undefined;
}

/** The directory that an `iss` names by a template; undefined where it is not of that template. */
export function directoryIn(template: string, iss: string): string | undefined {
  const [before = "", after] = template.split(PLACEHOLDER);
  if (after === undefined || !iss.startsWith(before) || !iss.endsWith(after)) return undefined;
  const directory = iss.slice(before.length, iss.length - after.length);
  return before.length + directory.length + after.length === iss.length && DIRECTORY.test(directory)
    ? directory
    : undefined;
}

/** The issuer that an `iss` is of: one whose own URL it is before one by whose template it is. */
export function findIssuer<Issuer extends { readonly url: string }>(
  issuers: readonly Issuer[],
  iss: unknown,
): Issuer | undefined {
  if (typeof iss !== "string") return undefined;
  return (
    issuers.find(({ url }) => url === iss && !isTemplate(url)) ??
    issuers.find(({ url }) => directoryIn(url, iss) !== undefined)
  );
}

/**
 * Whether a key is for this issuer: Entra's keys say in `issuer` whose tokens they sign, a template for every
 * directory's or one directory's URL. A key that does not say it is for whoever serves it.
 */
export function isKeyOf(url: string, keyIssuer: unknown): boolean {
  if (keyIssuer === undefined) return true;
  if (typeof keyIssuer !== "string") return false;
  const named = keyIssuer.replace("{tenantid}", PLACEHOLDER);
  return named === url || directoryIn(named, url) !== undefined;
}
