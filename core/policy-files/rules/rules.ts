import { ACCESS_RULES } from "./access-rules.ts";
import { API_RULES } from "./api-rules.ts";
import { DOCUMENT_RULES } from "./document-rules.ts";
import { FILE_RULES } from "./file-rules.ts";
import { ISSUER_RULES } from "./issuer-rules.ts";

/** The rules in the sections of docs/rules.md. */
export const RULE_SECTIONS = {
  Files: FILE_RULES,
  "API document": API_RULES,
  "Roles, plans, tenants and policy tests": ACCESS_RULES,
  "Issuers and clients": ISSUER_RULES,
  "A team's own document": DOCUMENT_RULES,
} as const;

/** Every rule by its id. An id never changes its meaning, because configurations of other tools name it. */
export const RULES = { ...FILE_RULES, ...API_RULES, ...ACCESS_RULES, ...ISSUER_RULES, ...DOCUMENT_RULES };

/** The id of a rule, such as `unknown-permission`. */
export type RuleId = keyof typeof RULES;
