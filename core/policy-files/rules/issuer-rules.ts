import type { RuleText } from "./rule-text.ts";

/** Rules about issuers, their tokens, and OAuth clients. */
export const ISSUER_RULES = {
  "unknown-issuer": {
    about: "A name refers to an issuer that does not exist.",
    fix: "Correct the name, or add the issuer to `issuers.yaml`.",
  },
  "missing-claim": {
    about: "A preset has no standard claim for something that decisions need.",
    fix: "Name the claim under `claims`.",
  },
  "claim-reading": {
    about: "How a claim is read is incomplete or contradictory.",
    fix: "Correct the keys that the message names.",
  },
  "reserved-context-key": {
    about: "An issuer forwards a claim under a name that is reserved in the authorizer context.",
    fix: "Forward the claim under another key.",
  },
  "token-kinds": {
    about: "An issuer accepts tokens that nothing distinguishes from others.",
    fix: "Accept one kind of token, or name what distinguishes the tokens that are for the API.",
  },
  "staff-settings": {
    about: "An issuer of staff has a setting that staff cannot have.",
    fix: "Remove the setting, or add what `staff` requires.",
  },
  "trust-settings": {
    about: "The settings of an issuer's URL, keys and audiences are incomplete, or belong to Terraform.",
    fix: "Write `url` with `audiences`, or move the settings to Terraform's `issuers`.",
  },
  "duplicate-url": {
    about: "A URL belongs to two issuers, or is written twice.",
    fix: "Remove one of them.",
  },
  "advertised-issuer": {
    about: "An issuer that cannot be in a public document is advertised.",
    fix: "Remove `advertised`.",
  },
  "directory-issuer": {
    about: "An issuer with a directory for each tenant has a setting that only other issuers have.",
    fix: "Change the setting as the message says.",
  },
  "tenant-directory": {
    about: "A tenant's directory and its issuer do not fit together.",
    fix: "Correct `directories` or `issuers` of the tenant, or the issuer's `tenants`.",
  },
  "duplicate-directory": {
    about: "Two tenants have the same directory.",
    fix: "Keep the directory in one of the two.",
  },
  "uncovered-tenant": {
    about: "A tenant names an issuer that does not cover it.",
    fix: "Add the tenant to the issuer's `tenants` in `issuers.yaml`.",
  },
  "shared-subjects": {
    about: "A subject of one issuer would be taken for the same subject of another.",
    fix: "Write `subjects: own` for the issuer of the tenant's people, or name one issuer in the tenant's `issuers`.",
  },
  "client-pattern": {
    about: "A pattern of clients could match a client of somebody else, or one that another entry names.",
    fix: "Change the pattern, or remove one of the entries.",
  },
  "unknown-client": {
    about: "A tenant narrows the ceiling of a client or delegate that `clients.yaml` does not have.",
    fix: "Correct the name, or add the entry to `clients.yaml`.",
  },
  "below-default": {
    about:
      "A client's ceiling lacks what the default allows, so a token that names no client would allow more.",
    fix: "Take it from the default, or leave it in the client's ceiling.",
  },
} as const satisfies Readonly<Record<string, RuleText>>;
