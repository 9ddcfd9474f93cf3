import type { TenantId } from "./ids.ts";

/** What an issuer's `tenants` is if it has a directory for each tenant that lists one. */
export const BY_DIRECTORY = "by_directory";

const DIRECTORY = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Returns whether a string can be a directory: one segment of a path that every parser of URLs leaves as it is. */
export const isDirectory = (value: unknown): value is string =>
  typeof value === "string" && DIRECTORY.test(value);

/** A tenant's directory of an issuer that has one for each tenant. Its tokens are for this tenant alone. */
export interface Directory {
  /** What the variable in the issuer's URL stands for. */
  readonly name: string;
  /** The tenant that the table names for the directory. It counts only if the tenant's own item lists the directory. */
  readonly tenant: TenantId;
}
