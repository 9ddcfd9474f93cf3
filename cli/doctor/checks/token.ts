import type { TokenCheck } from "../../explain/explain-token.ts";
import { type Check, type DoctorFinding, error, given, note, warning } from "../check.ts";

export const token: Check = {
  name: "token",
  claim: "a token of your issuer is accepted: issuer, key, audience, type and times",
  find(state) {
    if (state.token === null)
      return [
        note("no token was given; --token or PORTCULLIS_TOKEN has one looked at, and it is never printed"),
      ];
    return given(state.token, ({ checks, verdict }): DoctorFinding[] => {
      if ("caller" in verdict) return [];
      if ("refusal" in verdict)
        return [
          warning(
            `it is verified, and its caller refused: ${verdict.refusal.reason}`,
            "claims, in policies/issuers.yaml, say where tenant and roles stand in the token; npx portcullis explain tells more",
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

/** Which of a token's members stand behind a refusal; no other is shown. */
const DECISIVE: Readonly<Record<string, readonly string[]>> = {
  issuer_unknown: ["iss"],
  algorithm_not_allowed: ["alg"],
  audience_wrong: ["aud", "client_id"],
  token_type_wrong: ["typ", "token_use"],
  token_expired: ["exp"],
  token_not_yet_valid: ["nbf"],
};

const printCheck = ({ check, expected, found }: TokenCheck): string =>
  `${check}: expected ${expected}, found ${found}`;
