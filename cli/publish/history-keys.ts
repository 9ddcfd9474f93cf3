/** The owner of versions and the lock, so that neither publishing nor run-time changes affect them. */
export const HISTORY_OWNER = "history";
/** The partition of the lock, of the keeper and of one item for each version. */
export const HISTORY_KEY = "HISTORY";
export const LOCK_SORT_KEY = "LOCK";
export const KEEPER_SORT_KEY = "KEEPER";

const digits = (number: number): string => String(number).padStart(8, "0");
export const versionSortKey = (number: number): string => `VERSION#${digits(number)}`;
/** The partition of a version's content. */
export const versionKey = (number: number): string => `VERSION#${digits(number)}`;
export const chunkSortKey = (index: number): string => `CHUNK#${String(index).padStart(4, "0")}`;
