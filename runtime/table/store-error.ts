/** Why a change was rejected. */
export type StoreErrorCode =
  | "input_invalid"
  | "tenant_unknown"
  | "id_taken"
  | "tenant_of_files"
  | "plan_unknown"
  | "role_unknown"
  | "issuer_unknown"
  | "directory_taken"
  | "rules_invalid"
  | "routes_unknown"
  | "end_and_reason_needed"
  | "too_many_writers";

/** A rejected change: nothing was written. The message says what is expected. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}
