import {
  AuthenticationError,
  type AuthenticationErrorCode,
  type InternalError,
} from "../../core/model/errors.ts";

/** Returns what to change so that a token is accepted: by the claim if the error names one, else by its code. */
export function tokenAdvice(error: AuthenticationError | InternalError): string {
  if (!(error instanceof AuthenticationError)) return "";
  return adviceByFound(error) ?? adviceByClaim(error) ?? BY_CODE[error.code];
}

function adviceByFound({ code, found }: AuthenticationError): string | undefined {
  if (code === "token_malformed" && found === "encrypted")
    return "let the issuer sign the access tokens of this API without encrypting them";
  if (code === "token_malformed" && found === "opaque")
    return "request a token for this API: many issuers return an opaque token if the client names no audience";
  if (found === "an ID token" && (code === "audience_wrong" || code === "token_type_wrong"))
    return "send the access token of the same login, or accept ID tokens with token: id in policies/issuers.yaml";
  if (found === "an access token" && code === "token_type_wrong")
    return "send the ID token of the same login, or accept access tokens with token: access in policies/issuers.yaml";
  return undefined;
}

function adviceByClaim({ code, claim, found }: AuthenticationError): string | undefined {
  if (code === "claims_invalid" && (claim === "exp" || claim === "nbf" || claim === "iat"))
    return `let the issuer write ${claim} as a number of seconds since 1970, without quotes`;
  if (code === "claims_invalid" && claim === "aud")
    return "let the issuer write the API's audience into aud; the client names it when it requests the token";
  if (code === "audience_wrong" && found === "missing")
    return `name this API's audience when the client requests the token, so that the issuer writes ${claim}`;
  if (code === "claims_invalid" && claim !== undefined)
    return `let the issuer write a string into ${claim}, or say under claims in policies/issuers.yaml where the value is`;
  return undefined;
}

const BY_CODE: Readonly<Record<AuthenticationErrorCode, string>> = {
  token_missing: "send a token in the Authorization header",
  several_authorization_headers: "send one Authorization header",
  token_malformed: "send the whole token: three parts, separated by dots",
  token_too_large: "request a smaller token from the issuer: fewer groups, or roles by tenant",
  issuer_unknown:
    "set the URL in Terraform's issuers to exactly the value of iss, and add the issuer's name to policies/issuers.yaml; if the URL has a variable, write its value under directories in the tenant's file",
  issuer_suspended: "the issuer was suspended at run time; npx portcullis issuer reinstate ends that",
  algorithm_not_allowed:
    "correct algorithms in Terraform's issuers, or in issuers.yaml if the issuer has its url there",
  key_unknown:
    "the key is not in the issuer's key set: check whether it was rotated, and whether jwks_uri belongs to this issuer",
  key_denied: "the key was denied at run time; npx portcullis issuer allow-key ends that",
  signature_invalid: "the token was changed, or another key with this kid signed it",
  audience_wrong:
    "correct audiences in Terraform's issuers (in issuers.yaml if the issuer has its url there), or request a token for this API from the issuer",
  token_expired: "refresh the token in the client; if clocks differ, raise the clock tolerance",
  token_not_yet_valid: "correct the issuer's clock or this machine's, or raise the clock tolerance",
  token_type_wrong: "correct token (access or id) and preset in policies/issuers.yaml",
  token_bound:
    "request a bearer token without DPoP or mTLS, or set bound_tokens: { accept_until: DATE } in policies/issuers.yaml for a time",
  delegation_invalid:
    "let the issuer write act as RFC 8693, 4.1 has it: an object with sub, and iss for a subject of another issuer, at most five, and no party twice",
  claims_invalid: "correct claims in policies/issuers.yaml, which says where the subject is in the token",
};
