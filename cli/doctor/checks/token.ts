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
      const decisive = checks.filter(({ denies }) => denies !== null);
      return [
        error(
          [`${verdict.code}: ${verdict.message}`, ...decisive.map(printCheck)].join("; "),
          verdict.setting,
        ),
      ];
    });
  },
};

const printCheck = ({ check, expected, found }: TokenCheck): string =>
  `${check}: expected ${expected}, found ${found}`;
