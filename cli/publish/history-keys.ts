/** Who keeps versions and the lock: neither the policy files nor sign-up, so neither's writes concern them. */
export const HISTORY_OWNER = "history";
/** One item a version, and the lock. */
export const HISTORY_KEY = "HISTORY";
export const LOCK_SORT_KEY = "LOCK";

const digits = (number: number): string => String(number).padStart(8, "0");
export const versionSortKey = (number: number): string => `VERSION#${digits(number)}`;
/** The partition of a version's content. */
export const versionKey = (number: number): string => `VERSION#${digits(number)}`;
export const chunkSortKey = (index: number): string => `CHUNK#${String(index).padStart(4, "0")}`;
