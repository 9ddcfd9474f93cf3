import { GET_LIMITS, type GetJson, type GetLimits, jsonGetter } from "./https-getter.ts";
import type { IssuerConfig } from "./issuer-config.ts";
import { publicLookup } from "./issuer-hosts.ts";

/** Returns the GET for the discovery document and the keys of an issuer. */
export type GetterOf = (issuer: Pick<IssuerConfig, "isPrivate" | "ca">) => GetJson;

/**
 * Creates the GETs of the function for configured issuers. They connect to public addresses only, unless Terraform
 * says that the issuer is in the function's own network. An issuer's own CA replaces the public roots, for its requests
 * alone.
 *
 * @param local whether this is the local stack, whose issuers are on loopback
 * @example
 * import { functionGetter } from "./issuer-getter.ts";
 * import { GET_LIMITS } from "./https-getter.ts";
 *
 * const get = functionGetter(GET_LIMITS, false)({});
 * await get("https://localhost/jwks").catch(({ code }) => code); // => "address_not_public"
 */
export const functionGetter =
  (limits: GetLimits, local: boolean): GetterOf =>
  ({ isPrivate = false, ca }) =>
    jsonGetter(limits, {
      ...(!isPrivate && !local && { lookup: publicLookup }),
      ...(ca !== undefined && { ca }),
    });

/**
 * Creates the GETs of a command for configured issuers. An issuer's own CA is trusted as in the function; this machine's
 * network is another one.
 */
export const machineGetter =
  (limits: GetLimits = GET_LIMITS): GetterOf =>
  ({ ca }) =>
    jsonGetter(limits, ca === undefined ? {} : { ca });
