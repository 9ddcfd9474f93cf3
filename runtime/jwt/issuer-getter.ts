import { GET_LIMITS, type GetJson, type GetLimits, jsonGetter } from "./https-getter.ts";
import type { IssuerConfig } from "./issuer-config.ts";
import { publicLookup } from "./issuer-hosts.ts";

/** Returns the GET for the discovery document and the keys of an issuer. */
export type GetterOf = (issuer: Pick<IssuerConfig, "isPrivate">) => GetJson;

/**
 * Creates the GETs of the function for configured issuers. They connect to public addresses only, unless Terraform
 * says that the issuer is in the function's own network.
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
  ({ isPrivate = false }) =>
    jsonGetter(limits, isPrivate || local ? {} : { lookup: publicLookup });

/** Creates the GETs of a command for configured issuers. This machine's network is not the function's. */
export const machineGetter =
  (limits: GetLimits = GET_LIMITS): GetterOf =>
  () =>
    jsonGetter(limits);
