import type { RuleText } from "./rule-text.ts";

/** Rules about a team's own OpenAPI document, for `build --into`. */
export const DOCUMENT_RULES = {
  "route-mismatch": {
    about: "A route is only in the policy files, or only in the team's document.",
    fix: "Add the route to the other one, or remove it.",
  },
  "guard-mismatch": {
    about: "The policy files and the team's document differ in how an operation is guarded.",
    fix: "Change one of the two, so that they agree.",
  },
  "split-any-method": {
    about: "The methods of an any-method need several authorizers.",
    fix: "Write the methods one by one, or build with `--cache route`.",
  },
  "shared-node": {
    about: "A part of the document into which Portcullis writes is an alias, or not a mapping.",
    fix: "Write the mapping where it is used.",
  },
  "opening-resource-policy": {
    about: "The document's resource policy is too long, or opens a route that Portcullis guards.",
    fix: "Name only routes without an authorizer in the statement's `Resource`.",
  },
} as const satisfies Readonly<Record<string, RuleText>>;
