import type { TokenCheck } from "../../explain/explain-token.ts";
import { type Check, type DoctorFinding, error, examineRead, unchecked, warning } from "../check.ts";

export const token: Check = {
  name: "token",
  claim: "the token is valid: issuer, key, audience, type and times",
  find(state) {
    if (state.token === null)
      return [
        unchecked("no token was given; name one with --token or PORTCULLIS_TOKEN (it is never printed)"),
      ];
    return examineRead(state.token, ({ checks, verdict }): DoctorFinding[] => {
      if ("caller" in verdict) return [];
      if ("denial" in verdict)
        return [
          warning(
            `the token is valid, but its caller is denied: ${verdict.denial.reason}`,
            "correct claims in policies/issuers.yaml, which says where tenant and roles are in the token; npx portcullis explain --token explains the denial",
          ),
        ];
      const decisive = checks.filter(({ check }) =>
        (DECISIVE[verdict.code] ?? []).some((name) => check.includes(name)),
      );
      return [
        error(
          [`${verdict.code}: ${verdict.message}`, ...decisive.map(printCheck)].join("; "),
          verdict.setting,
        ),
      ];
    });
  },
};

/** The token's fields that cause each error. The others are not shown. */
const DECISIVE: Readonly<Record<string, readonly string[]>> = {
  issuer_unknown: ["iss"],
  issuer_suspended: ["iss"],
  key_denied: ["kid"],
  algorithm_not_allowed: ["alg"],
  audience_wrong: ["aud", "client_id"],
  token_type_wrong: ["typ", "token_use"],
  token_bound: ["cnf"],
  token_expired: ["exp"],
  token_not_yet_valid: ["nbf"],
};

const printCheck = ({ check, expected, found }: TokenCheck): string =>
  `${check}: expected ${expected}, found ${found}`;
