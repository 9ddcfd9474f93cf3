import { MAX_RESOURCES } from "../../core/policy-files/openapi/quotas.ts";
import { type Flags, wholeNumber } from "./flags.ts";

/** The flag for an account whose quota AWS has raised. */
export const QUOTA_FLAGS = {
  "max-resources": {
    type: "string",
    default: String(MAX_RESOURCES),
    value: "N",
    about: "The account's quota of resources of an API, or of routes of an HTTP API, if AWS raised it.",
    example: "600",
  },
} as const satisfies Flags;

/** Returns the account's quota of resources of an API. @throws UsageError */
export const maxResources = (values: { readonly "max-resources": string }): number =>
  wholeNumber("max-resources", values["max-resources"], 1, 10_000);
