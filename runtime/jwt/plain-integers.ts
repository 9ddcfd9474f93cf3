import type { UnverifiedToken } from "../../core/decision/bearer-token.ts";
import { claimAt } from "../../core/decision/claims.ts";
import { isFirstOf, isPath } from "../../core/model/claim-location.ts";
import type { ClaimPath, IssuerItem } from "../../core/model/items.ts";

type Payload = Readonly<Record<string, unknown>>;

/** A string or a number of a JSON text. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/**
 * Replaces the claims that the issuer's item reads as integers by `NaN` if they are written with a fraction or an
 * exponent. `JSON.parse` reads `42`, `42.0` and `4.2e1` as one number, but to a backend they may be different tenants.
 *
 * @param token whose payload was parsed
 * @example
 * import type { UnverifiedToken } from "../../core/decision/bearer-token.ts";
 * import type { IssuerItem } from "../../core/model/items.ts";
 * import { withPlainIntegers } from "./plain-integers.ts";
 *
 * const locations = { tenant: { path: ["tenant"], as: "integer" }, subject: ["sub"] };
 * const item = { claims: locations } as unknown as IssuerItem;
 * const read = (json: string) => {
 *   const token = `e30.${Buffer.from(json).toString("base64url")}.AAAA` as UnverifiedToken;
 *   return withPlainIntegers(token, JSON.parse(json), item)["tenant"];
 * };
 * read('{"tenant":42}'); // => 42
 * Number.isNaN(read('{"tenant":42.0}')); // => true
 */
export function withPlainIntegers(token: UnverifiedToken, payload: Payload, { claims }: IssuerItem): Payload {
  const paths = [claims.tenant, claims.subject].flatMap((location) =>
    isPath(location) || isFirstOf(location) || location.as !== "integer" ? [] : [location.path],
  );
  if (paths.length === 0) return payload;
  const json = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
  const marked = JSON.parse(
    json.replace(TOKENS, (text) => (/^-?\d*[.eE]/.test(text) ? "null" : text)),
  ) as Payload;
  return paths
    .filter((path) => typeof claimAt(payload, path) === "number" && claimAt(marked, path) === null)
    .reduce((changed, path) => replaceAt(changed, path, Number.NaN), payload);
}

function replaceAt(object: Payload, [name = "", ...rest]: ClaimPath, value: unknown): Payload {
  return { ...object, [name]: rest.length === 0 ? value : replaceAt(object[name] as Payload, rest, value) };
}
