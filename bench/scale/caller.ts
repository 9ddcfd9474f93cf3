import { type Caller, supposedCaller } from "../../core/decision/caller.ts";
import { MAIN_ISSUER } from "../../core/policy-files/model/issuers.ts";

/** A person of a tenant with a token of the sample's own issuer. */
export const callerOf = (tenant: string, token: string): Caller => ({
  ...supposedCaller({ tenant, subject: token, roles: ["viewer"], issuer: MAIN_ISSUER.name, clientId: "web" }),
  tokenId: token,
});
