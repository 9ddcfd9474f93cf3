import { issuerName } from "../../core/model/ids.ts";
import { DIRECTORY_PREFIX, DIRECTORY_SORT_KEY, isOwnIssuer, readOwnIssuer } from "../../core/model/items.ts";
import { type IssuerConfig, withBothNames } from "../../runtime/jwt/issuer-config.ts";
import { directoryUrl, isTemplate } from "../../runtime/jwt/issuer-template.ts";
import type { TrustConfig } from "../../runtime/jwt/trust-config.ts";
import type { TableContent } from "./read-items.ts";

/** Returns the issuers whose keys are found without the table: all but those with a directory for each tenant. */
export const issuersOutsideTable = ({ issuers }: Pick<TrustConfig, "issuers">): IssuerConfig[] =>
  issuers.filter(({ url, jwksUri }) => jwksUri !== undefined || !isTemplate(url));

/**
 * Returns the issuers with keys of their own that are items of a table: those with a URL in the files, and the directories
 * of tenants.
 */
export function issuersInTable(
  { ours, others }: Pick<TableContent, "ours" | "others">,
  { issuers }: Pick<TrustConfig, "issuers">,
): IssuerConfig[] {
  const own = ours.filter(isOwnIssuer).map((item): IssuerConfig => {
    const { name, trust } = readOwnIssuer(item);
    const { url, jwksUri, audiences, algorithms } = trust;
    return { name, url, jwksUri, audiences, algorithms: withBothNames(algorithms) };
  });
  const templates = new Map(
    issuers
      .filter(({ url, jwksUri }) => jwksUri === undefined && isTemplate(url))
      .map((issuer) => [issuer.name, issuer]),
  );
  const directories = [...ours, ...others].flatMap(({ pk, sk }) => {
    if (sk !== DIRECTORY_SORT_KEY || !String(pk).startsWith(DIRECTORY_PREFIX)) return [];
    const [, issuer = "", name = ""] = String(pk).split("#");
    const template = templates.get(issuerName(issuer));
    return template === undefined ? [] : [{ ...template, url: directoryUrl(template.url, name) }];
  });
  return [...own, ...directories].sort((a, b) => (a.url < b.url ? -1 : 1));
}
