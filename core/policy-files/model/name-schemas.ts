import * as z from "zod";
import { isDirectory } from "../../model/directory.ts";
import { isIdentifier, VISIBLE_TEXT } from "../../model/identifier.ts";
import { nonEmpty } from "./closed-schema.ts";

export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected a name of letters, digits, '.', '_' and '-'");
/** `suggests` names what of a folder completes the value in an editor: see folder-schemas.ts. */
export const roleName = name.meta({ suggests: "roles", examples: ["editor"] });
export const planName = name.meta({ suggests: "plans", examples: ["team"] });
export const issuerName = name.meta({ suggests: "issuers", examples: ["main"] });
/** A string that has one spelling only, so that nobody takes it for another: see {@link isIdentifier}. */
export const identifier = z
  .string()
  .min(1, { abort: true })
  .regex(VISIBLE_TEXT, {
    error: "expected a string on one line without spaces at the ends and without invisible characters",
    abort: true,
  })
  .refine(isIdentifier, "expected Unicode's composed form (NFC): type the id again, or normalize it");
/** A tenant's directory: what the variable in an issuer's URL stands for. */
export const directory = z
  .string()
  .refine(
    isDirectory,
    "expected what the variable in the issuer's url stands for: 1 to 128 letters, digits, '.', '_' and '-', such as eu-central-1_AbCdEfGhI",
  );
/** A tenant's id: any identifier that an issuer may write into a token. */
export const tenantId = identifier
  .max(128)
  .refine(
    (id) => id !== "*",
    '"*" cannot be a tenant\'s id: for every tenant, write it without a list, as in tenants: "*"',
  )
  .meta({ examples: ["acme"] });
export const namedTenant = tenantId.meta({ suggests: "tenants" });
/** A key of a forwarded claim in the authorizer context. */
const CLAIM_KEY = /^[A-Za-z][A-Za-z0-9_]*$/;
export const contextKey = z
  .string()
  .regex(CLAIM_KEY, "expected a key of letters, digits and _ that starts with a letter");

/** A text for people. */
export const description = nonEmpty
  .optional()
  .meta({ description: "What it is for, in a sentence.", examples: ["Works on documents"] });
