import { InternalError } from "../../core/model/errors.ts";
import { issuerName } from "../../core/model/ids.ts";
import {
  DIRECTORY_PREFIX,
  DIRECTORY_SORT_KEY,
  type Item,
  isOwnIssuer,
  readOwnIssuer,
} from "../../core/model/items.ts";
import { type IssuerConfig, withBothNames } from "../../runtime/jwt/issuer-config.ts";
import { directoryUrl, isTemplate } from "../../runtime/jwt/issuer-template.ts";
import type { TrustConfig } from "../../runtime/jwt/trust-config.ts";
import type { TableContent } from "./read-items.ts";

/** Returns the issuers whose keys are found without the table: all but those with a directory for each tenant. */
export const issuersOutsideTable = ({ issuers }: Pick<TrustConfig, "issuers">): IssuerConfig[] =>
  issuers.filter(({ url, jwksUri }) => jwksUri !== undefined || !isTemplate(url));

export interface IssuersInTable {
  readonly issuers: readonly IssuerConfig[];
  /** The items that cannot be read, so that the tokens of their issuers get a 500. */
  readonly unreadable: readonly { readonly name: string; readonly why: string }[];
}

/**
 * Returns the issuers with keys of their own that are items of a table: those with a URL in the files, and the directories
 * of tenants.
 */
export function issuersInTable(
  { ours, others }: Pick<TableContent, "ours" | "others">,
  { issuers }: Pick<TrustConfig, "issuers">,
): IssuersInTable {
  const items = ours.filter(isOwnIssuer).map(readConfig);
  const own = items.flatMap((item) => ("why" in item ? [] : [item]));
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
  return {
    issuers: [...own, ...directories].sort((a, b) => (a.url < b.url ? -1 : 1)),
    unreadable: items.filter((item) => "why" in item),
  };
}

function readConfig(item: Item): IssuerConfig | IssuersInTable["unreadable"][number] {
  try {
    const { name, trust } = readOwnIssuer(item);
    const { url, jwksUri, audiences, algorithms } = trust;
    return { name, url, jwksUri, audiences, algorithms: withBothNames(algorithms) };
  } catch (error) {
    if (!(error instanceof InternalError)) throw error;
    return { name: String(item["name"]), why: error.message };
  }
}
